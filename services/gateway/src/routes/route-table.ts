import type { RateLimitPolicy } from '@engagetrack/admission-store';
import type { Scope } from '@engagetrack/contracts';

export type Credential =
  | { readonly kind: 'api_key'; readonly scope: Scope; readonly tenantParameter: string }
  | { readonly kind: 'session' }
  | { readonly kind: 'none' };

/** One row of the route table. */
export interface Route {
  readonly id: string;
  readonly methods: readonly string[];
  readonly path: string;
  readonly credential: Credential;
  readonly policy: RateLimitPolicy;
  readonly upstream: string;
  /** Milliseconds that the upstream may be silent; after them the answer is 504 or cut. */
  readonly timeoutMs: number;
  readonly bodyBytesMax: number;
  /** An answer may be silent and go on for ever, until its caller leaves or its key is refused. */
  readonly isStream: boolean;
  /** Fields of an answer that pass beside the usual ones, in lower case. */
  readonly responseHeaders: ReadonlySet<string>;
}

export interface Upstream {
  readonly name: string;
  /** Origin only: scheme, host and port. */
  readonly url: URL;
  readonly via: 'undici' | 'http-proxy-middleware';
  /** Milliseconds that a connection without a request is kept; what the upstream's `Keep-Alive` field says comes first. */
  readonly keepAliveMs: number;
  /** Milliseconds. An older connection gets no further request, so that a name that moves is followed. */
  readonly connectionAgeMaxMs: number;
  /**
   * What is sent once more when a kept connection was closed under it (RFC 9110 section 9.2.2): GET and HEAD, or PUT and
   * DELETE without a body too.
   */
  readonly retry: 'safe' | 'idempotent';
}

export type Parameters = ReadonlyMap<string, string>;

/** The table's answer for a method and a path. */
export type RouteMatch =
  | { readonly kind: 'route'; readonly route: Route; readonly parameters: Parameters }
  | {
      /** The path is known, but not with this method; `route` is the most specific one with this path. */
      readonly kind: 'other_method';
      readonly route: Route;
      readonly parameters: Parameters;
      readonly allow: readonly string[];
    }
  | { readonly kind: 'none' };

export interface RouteTable {
  readonly routes: readonly Route[];
  readonly upstreams: ReadonlyMap<string, Upstream>;
  /** The policy that counts requests outside every route. */
  readonly defaultPolicy: RateLimitPolicy;
  match(method: string, segments: readonly string[]): RouteMatch;
}

export interface RouteTableParts {
  readonly routes: readonly Route[];
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly defaultPolicy: RateLimitPolicy;
}

interface Node {
  readonly literals: Map<string, Node>;
  parameter: Node | undefined;
  /** Methods of the routes that end here. */
  readonly here: Map<string, Row>;
  /** Methods of the routes that end with `{rest*}` below here. */
  readonly rest: Map<string, Row>;
}

interface Row {
  readonly route: Route;
  readonly parameters: readonly { readonly name: string; readonly segment: number }[];
}

/**
 * A table that finds the route of a request. The most specific path with the method wins: a literal before a
 * `{parameter}` before `{rest*}`, from left to right. Routes must not overlap equally (parse-route-table.ts).
 */
export function createRouteTable({ routes, upstreams, defaultPolicy }: RouteTableParts): RouteTable {
  const root = createNode();
  for (const route of routes) insert(root, route);
  return {
    routes,
    upstreams,
    defaultPolicy,
    match: (method, segments) => {
      const candidates: Map<string, Row>[] = [];
      collect(root, segments, 0, candidates);
      const [mostSpecific] = candidates;
      if (mostSpecific === undefined) return { kind: 'none' };
      for (const methods of candidates) {
        const row = methods.get(method);
        if (row !== undefined) return { kind: 'route', route: row.route, parameters: parametersOf(row, segments) };
      }
      const allow = [...new Set(candidates.flatMap((methods) => [...methods.keys()]))].sort();
      const [row] = mostSpecific.values();
      if (row === undefined) return { kind: 'none' };
      return { kind: 'other_method', route: row.route, parameters: parametersOf(row, segments), allow };
    },
  };
}

/** The pattern's segments: `/a/{b}/{rest*}` is `['a', '{b}', '{rest*}']`. */
export function patternSegments(path: string): readonly string[] {
  return path.slice(1).split('/');
}

export const isParameter = (segment: string): boolean => segment.startsWith('{');
export const isRest = (segment: string): boolean => segment.endsWith('*}');

function insert(root: Node, route: Route): void {
  let node = root;
  for (const segment of patternSegments(route.path)) {
    if (isRest(segment)) {
      addMethods(node.rest, route);
      return;
    }
    node = isParameter(segment) ? parameterBelow(node) : literalBelow(node, segment);
  }
  addMethods(node.here, route);
}

function addMethods(methods: Map<string, Row>, route: Route): void {
  const row = { route, parameters: parametersIn(route.path) };
  for (const method of route.methods) {
    methods.set(method, row);
    // RFC 9110 section 9.3.2: HEAD is GET without the content, so it needs what GET needs.
    if (method === 'GET') methods.set('HEAD', row);
  }
}

/** Every set of methods whose pattern fits the path, the most specific pattern first. */
function collect(node: Node, segments: readonly string[], depth: number, found: Map<string, Row>[]): void {
  const segment = segments[depth];
  if (segment === undefined) {
    if (node.here.size > 0) found.push(node.here);
    return;
  }
  const literal = node.literals.get(segment);
  if (literal !== undefined) collect(literal, segments, depth + 1, found);
  if (node.parameter !== undefined) collect(node.parameter, segments, depth + 1, found);
  if (node.rest.size > 0) found.push(node.rest);
}

/** Computed once for each route, and not for each request. */
function parametersIn(path: string): Row['parameters'] {
  return patternSegments(path).flatMap((pattern, segment) =>
    isParameter(pattern) && !isRest(pattern) ? [{ name: pattern.slice(1, -1), segment }] : [],
  );
}

function parametersOf(row: Row, segments: readonly string[]): Parameters {
  const parameters = new Map<string, string>();
  for (const { name, segment } of row.parameters) {
    const value = segments[segment];
    if (value !== undefined) parameters.set(name, value);
  }
  return parameters;
}

function parameterBelow(node: Node): Node {
  node.parameter ??= createNode();
  return node.parameter;
}

function literalBelow(node: Node, segment: string): Node {
  const known = node.literals.get(segment);
  if (known !== undefined) return known;
  const created = createNode();
  node.literals.set(segment, created);
  return created;
}

function createNode(): Node {
  return { literals: new Map(), parameter: undefined, here: new Map(), rest: new Map() };
}

import type { RateLimitPolicy } from '@engagetrack/admission-store';
import { type Document, isAlias, LineCounter, parseDocument, visit } from 'yaml';
import { keyService, parseUpstreams } from './parse-upstreams.ts';
import { offsetOf, type Path } from './place-in-yaml.ts';
import { type RouteFile, type RouteRow, routeFileSchema } from './route-file-schema.ts';
import {
  type Credential,
  createRouteTable,
  isParameter,
  isRest,
  patternSegments,
  type Route,
  type RouteTable,
} from './route-table.ts';

/** One complaint about a route file; line and column count from 1. */
export interface RouteFileFault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export type ParsedRouteTable =
  | { readonly ok: true; readonly table: RouteTable }
  | { readonly ok: false; readonly faults: readonly RouteFileFault[] };

/** The values that a route file takes from the environment. */
export interface RouteFileContext {
  /** Values for `${NAME}`, which may stand in upstream URLs only. */
  readonly substitutions: Readonly<Record<string, string>>;
  /** Replaces `defaults.timeout`, milliseconds. */
  readonly defaultTimeoutMs?: number | undefined;
}

type Complain = (path: Path, message: string) => void;

/** Parses a route file. @returns the table, or every complaint with its place. */
export function parseRouteTable(text: string, context: RouteFileContext): ParsedRouteTable {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, uniqueKeys: true, merge: false });
  const faults: RouteFileFault[] = [];
  const at = (offset: number, message: string): void => {
    const { line, col } = lineCounter.linePos(offset);
    faults.push({ line, column: col, message });
  };
  for (const error of document.errors) at(error.pos[0], firstSentence(error.message));
  complainOfAnchors(document, at);
  if (faults.length > 0) return { ok: false, faults };

  const complain: Complain = (path, message) => at(offsetOf(document.contents, path), message);
  const parsed = routeFileSchema.safeParse(document.toJS());
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      if (issue.code === 'unrecognized_keys')
        for (const key of issue.keys)
          at(offsetOf(document.contents, [...issue.path, key], 'key'), `unknown field "${key}"`);
      else complain(issue.path, `${issue.path.join('.') || 'the file'} ${sentenceFor(issue.message)}`);
    }
    return { ok: false, faults: inFileOrder(faults) };
  }

  const table = buildTable(parsed.data, context, complain);
  return faults.length > 0 ? { ok: false, faults: inFileOrder(faults) } : { ok: true, table };
}

/** Rows have no defaults for their meaning, so that a review sees all that is checked. */
function complainOfAnchors(document: Document, complainAt: (offset: number, message: string) => void): void {
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node) || node.anchor !== undefined)
        complainAt(node.range?.[0] ?? 0, 'anchors and aliases are not allowed; write the value out');
    },
  });
}

function buildTable(file: RouteFile, context: RouteFileContext, complain: Complain): RouteTable {
  const upstreams = parseUpstreams(file, context.substitutions, complain);
  const policies = new Map<string, RateLimitPolicy>();
  for (const [name, { limit, window }] of Object.entries(file.rate_limits))
    policies.set(name, { name, quota: limit, windowSeconds: window / 1000 });
  const policyNamed = (name: string, path: Path): RateLimitPolicy => {
    const policy = policies.get(name);
    if (policy === undefined)
      complain(path, `rate limit "${name}" is not defined; defined are ${[...policies.keys()].join(', ')}`);
    return policy ?? { name, quota: 1, windowSeconds: 1 };
  };
  const defaultPolicy = policyNamed(file.defaults.rate_limit, ['defaults', 'rate_limit']);
  const routes = file.routes.map((row, index): Route => {
    const place = ['routes', index];
    complainOfRepeatedParameters(row, place, complain);
    if (!Object.hasOwn(file.upstreams, row.upstream))
      complain(
        [...place, 'upstream'],
        `upstream "${row.upstream}" is not defined; defined are ${Object.keys(file.upstreams).join(', ')}`,
      );
    return {
      id: row.id,
      methods: row.match.methods,
      path: row.match.path,
      credential: parseCredential(row, place, complain),
      policy: row.rate_limit === undefined ? defaultPolicy : policyNamed(row.rate_limit, [...place, 'rate_limit']),
      upstream: row.upstream,
      timeoutMs: row.timeout ?? context.defaultTimeoutMs ?? file.defaults.timeout,
      bodyBytesMax: row.max_body ?? file.defaults.max_body,
      isStream: row.stream,
      responseHeaders: new Set(row.response_headers),
    };
  });
  complainOfRepeats(routes, complain);
  return createRouteTable({ routes, upstreams, defaultPolicy });
}

function parseCredential(row: RouteRow, place: Path, complain: Complain): Credential {
  if (row.credential !== 'api_key') {
    if (row.upstream !== keyService)
      complain(
        [...place, 'upstream'],
        `a route with credential ${row.credential} leads to the upstream "${keyService}"; nobody else may see what it carries`,
      );
    if (row.scope !== undefined)
      complain([...place, 'scope'], `a route with credential ${row.credential} has no scope`);
    if (row.credential === 'none' && row.match.path !== '/api/v1/auth/login')
      complain([...place, 'credential'], 'only /api/v1/auth/login may be called without a credential');
    return { kind: row.credential };
  }
  if (row.scope === undefined)
    complain(place, `route "${row.id}" needs a scope; a route is never open to every key by omission`);
  if (row.tenant === undefined)
    complain(
      place,
      `route "${row.id}" needs a tenant, such as "{orgId}": the path parameter that must be the key's organization`,
    );
  else if (!patternSegments(row.match.path).includes(row.tenant))
    complain([...place, 'tenant'], `tenant ${row.tenant} is not a parameter of ${row.match.path}`);
  return { kind: 'api_key', scope: row.scope ?? 'sites:read', tenantParameter: row.tenant?.slice(1, -1) ?? '' };
}

/** Of two parameters with one name only one would be compared with the key's organization. */
function complainOfRepeatedParameters({ match: { path } }: RouteRow, place: Path, complain: Complain): void {
  const names = patternSegments(path)
    .filter(isParameter)
    .map((segment) => segment.replace('*', ''));
  for (const name of new Set(names.filter((name, index) => names.indexOf(name) !== index)))
    complain([...place, 'match', 'path'], `parameter ${name} stands in ${path} twice`);
}

/** Two rows that fit the same requests equally well would make the answer depend on their order. */
function complainOfRepeats(routes: readonly Route[], complain: Complain): void {
  const ids = new Set<string>();
  const owners = new Map<string, string>();
  for (const [index, route] of routes.entries()) {
    if (ids.has(route.id)) complain(['routes', index, 'id'], `route id "${route.id}" is used twice`);
    ids.add(route.id);
    const shape = patternSegments(route.path)
      .map((segment) => (isRest(segment) ? '*' : isParameter(segment) ? '{}' : segment))
      .join('/');
    for (const method of route.methods) {
      const owner = owners.get(`${method} ${shape}`);
      if (owner !== undefined)
        complain(
          ['routes', index, 'match'],
          `${method} ${exampleOf(route)} would fit both "${owner}" and "${route.id}"`,
        );
      owners.set(`${method} ${shape}`, route.id);
    }
  }
}

function exampleOf(route: Route): string {
  return `/${patternSegments(route.path)
    .map((segment) => (isParameter(segment) ? segment.replace(/[{}*]/g, '') : segment))
    .join('/')}`;
}

function sentenceFor(message: string): string {
  return message.startsWith('must ')
    ? message
    : message.replace(/^Invalid input: expected /, 'must be ').replace(', received undefined', ', but is missing');
}

function firstSentence(message: string): string {
  return message.split(' at line ')[0] ?? message;
}

function inFileOrder(faults: readonly RouteFileFault[]): readonly RouteFileFault[] {
  return [...faults].sort((a, b) => a.line - b.line || a.column - b.column);
}

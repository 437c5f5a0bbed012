/** A way in which some upstream reads a path differently from its bytes. */
export interface SloppyInterpreter {
  readonly name: string;
  read(path: string): string;
}

/**
 * Five upstreams that are careless in known ways. A target that is accepted must be the same path to all of them: only
 * then does the upstream act on the path that the gateway has judged.
 */
export const sloppyInterpreters: readonly SloppyInterpreter[] = [
  { name: 'decodes once', read: (path) => normalized(decoded(path)) },
  { name: 'decodes twice', read: (path) => normalized(decoded(decoded(path))) },
  { name: 'folds backslashes', read: (path) => normalized(decoded(path).replaceAll('\\', '/')) },
  { name: 'strips path parameters', read: (path) => normalized(path.replace(/;[^/]*/g, '')) },
  { name: 'folds case, merges slashes', read: (path) => normalized(decoded(path).toLowerCase()) },
];

/** The interpreters to which a target is another path than its bytes say. */
export function misreadBy(target: string): readonly string[] {
  const path = pathOf(target);
  const readings = new Set([path, path.toLowerCase()]);
  return sloppyInterpreters.filter(({ read }) => !readings.has(read(path))).map(({ name }) => name);
}

/** The path of a target, without the parts that an interpreter would take for the query or a fragment. */
function pathOf(target: string): string {
  return target.split(/[?#]/, 1)[0] ?? '';
}

/** Dot segments resolved and slashes merged, as a file system or a framework does it. */
function normalized(path: string): string {
  const kept: string[] = [];
  for (const segment of path.replace(/^[a-z]+:\/\/[^/]*/i, '').split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return `/${kept.join('/')}`;
}

function decoded(path: string): string {
  return path.replace(/%([0-9a-f]{2})/gi, (_escape, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

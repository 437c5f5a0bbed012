import type { Route, RouteMatch } from '../src/routes/route-table.ts';

/**
 * A route table without an index, to compare with: it tries every row, and of those that match the one wins whose path
 * is smaller by rank (literal, parameter, rest) from left to right.
 */
export function matchNaively(routes: readonly Route[], method: string, segments: readonly string[]): RouteMatch {
  const fitting = routes
    .filter((route) => fits(route, segments))
    .sort((one, other) => compareRanks(ranksOf(one), ranksOf(other)));
  const [mostSpecific] = fitting;
  if (mostSpecific === undefined) return { kind: 'none' };
  const taken = fitting.find((route) => methodsOf(route).includes(method));
  if (taken !== undefined) return { kind: 'route', route: taken, parameters: parametersOf(taken, segments) };
  return {
    kind: 'other_method',
    route: mostSpecific,
    parameters: parametersOf(mostSpecific, segments),
    allow: [...new Set(fitting.flatMap(methodsOf))].sort(),
  };
}

const methodsOf = ({ methods }: Route): readonly string[] => (methods.includes('GET') ? [...methods, 'HEAD'] : methods);

const patternOf = ({ path }: Route): readonly string[] => path.split('/').slice(1);

function fits(route: Route, segments: readonly string[]): boolean {
  const expression = patternOf(route)
    .map((part) => (part.endsWith('*}') ? '/.+' : part.startsWith('{') ? '/[^/]+' : `/${part}`))
    .join('');
  return new RegExp(`^${expression}$`).test(`/${segments.join('/')}`);
}

function ranksOf(route: Route): readonly number[] {
  return patternOf(route).map((part) => (part.endsWith('*}') ? 2 : part.startsWith('{') ? 1 : 0));
}

function compareRanks(one: readonly number[], other: readonly number[]): number {
  for (const [index, rank] of one.entries()) {
    const difference = rank - (other[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function parametersOf(route: Route, segments: readonly string[]): ReadonlyMap<string, string> {
  const named = patternOf(route).flatMap((part, index) =>
    /^\{\w+\}$/.test(part) ? [[part.slice(1, -1), segments[index] ?? ''] as const] : [],
  );
  return new Map(named);
}

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { matchNaively } from '../../test/naive-route-match.ts';
import { createRouteTable, patternSegments, type Route, type RouteTable } from './route-table.ts';

const policy = { name: 'standard', quota: 600, windowSeconds: 60 };

describe('a route table', () => {
  it('prefers a literal to a parameter and a parameter to the rest, from left to right', () => {
    const table = tableOf([
      ['rest', 'GET', '/a/{rest*}'],
      ['parameter', 'GET', '/a/{x}'],
      ['literal', 'GET', '/a/b'],
      ['late literal', 'GET', '/a/{x}/c'],
      ['early literal', 'GET', '/a/b/{y}'],
      ['deep rest', 'GET', '/a/b/{y}/{rest*}'],
    ]);
    expect(idOf(table, 'GET', '/a/b')).toBe('literal');
    expect(idOf(table, 'GET', '/a/z')).toBe('parameter');
    expect(idOf(table, 'GET', '/a/b/c')).toBe('early literal');
    expect(idOf(table, 'GET', '/a/z/c')).toBe('late literal');
    expect(idOf(table, 'GET', '/a/z/d')).toBe('rest');
    expect(idOf(table, 'GET', '/a/b/c/d')).toBe('deep rest');
    expect(idOf(table, 'GET', '/a/z/c/d')).toBe('rest');
  });

  it('falls back from a more specific path without the method', () => {
    const table = tableOf([
      ['read', 'GET', '/a/{rest*}'],
      ['write', 'PUT', '/a/b'],
    ]);
    expect(idOf(table, 'GET', '/a/b')).toBe('read');
    expect(idOf(table, 'PUT', '/a/b')).toBe('write');
    expect(idOf(table, 'PUT', '/a/c')).toBe('405 GET, HEAD');
  });

  it('treats HEAD as GET, and as no other method', () => {
    const table = tableOf([
      ['read', 'GET', '/a'],
      ['write', 'POST', '/b'],
    ]);
    expect(idOf(table, 'HEAD', '/a')).toBe('read');
    expect(idOf(table, 'HEAD', '/b')).toBe('405 POST');
    expect(idOf(table, 'get', '/a')).toBe('405 GET, HEAD');
    expect(idOf(table, 'constructor', '/a')).toBe('405 GET, HEAD');
  });

  it('lists in Allow every method that any fitting path takes, sorted', () => {
    const table = tableOf([
      ['one', 'PATCH', '/a/{x}'],
      ['two', 'GET', '/a/b'],
      ['three', 'DELETE', '/a/{rest*}'],
      ['four', 'POST', '/a/c'],
    ]);
    expect(idOf(table, 'PUT', '/a/b')).toBe('405 DELETE, GET, HEAD, PATCH');
    expect(table.match('PUT', ['a', 'b'])).toMatchObject({ kind: 'other_method', route: { id: 'two' } });
  });

  it('lets the rest stand for one segment or more, never for none', () => {
    const table = tableOf([['rest', 'GET', '/a/{rest*}']]);
    expect(idOf(table, 'GET', '/a')).toBe('404');
    expect(idOf(table, 'GET', '/a/b')).toBe('rest');
    expect(idOf(table, 'GET', `/a${'/b'.repeat(500)}`)).toBe('rest');
  });

  it('fits whole segments only, in their own case', () => {
    const table = tableOf([['one', 'GET', '/api/{x}/sites']]);
    for (const path of ['/api/1/sites/2', '/api/1', '/api/1/sitesX', '/API/1/sites', '/xapi/1/sites', '/constructor'])
      expect(idOf(table, 'GET', path)).toBe('404');
  });

  it('gives the value of each parameter, by the names of the matching route', () => {
    const table = tableOf([
      ['one', 'GET', '/o/{orgId}/s/{siteId}'],
      ['two', 'PUT', '/o/{organization}/s/{site}'],
      ['three', 'GET', '/o/{orgId}/r/{rest*}'],
    ]);
    const parameters = (method: string, path: string) => {
      const match = table.match(method, patternSegments(path));
      return match.kind === 'none' ? undefined : Object.fromEntries(match.parameters);
    };
    expect(parameters('GET', '/o/1/s/2')).toEqual({ orgId: '1', siteId: '2' });
    expect(parameters('PUT', '/o/1/s/2')).toEqual({ organization: '1', site: '2' });
    expect(parameters('POST', '/o/1/s/2')).toEqual({ orgId: '1', siteId: '2' });
    expect(parameters('GET', '/o/1/r/2/3')).toEqual({ orgId: '1' });
  });

  it('agrees with a matcher that tries every route', () => {
    const kinds = new Map<string, number>();
    fc.assert(
      fc.property(routes, fc.array(requested, { minLength: 1, maxLength: 20 }), (rows, requests) => {
        const table = createRouteTable({ routes: rows, upstreams: new Map(), defaultPolicy: policy });
        for (const [method, segments] of requests) {
          const match = table.match(method, segments);
          kinds.set(match.kind, (kinds.get(match.kind) ?? 0) + 1);
          expect(match).toEqual(matchNaively(rows, method, segments));
        }
      }),
      { numRuns: 500 },
    );
    for (const kind of ['route', 'other_method', 'none']) expect(kinds.get(kind)).toBeGreaterThan(100);
  });
});

const literal = fc.constantFrom('a', 'b', 'c');
const pattern = fc
  .tuple(
    fc.array(fc.oneof(literal, fc.constantFrom('{x}', '{y}')), { minLength: 1, maxLength: 4 }),
    fc.constantFrom([], [], ['{rest*}']),
  )
  .map(([head, tail]) => `/${[...head, ...tail].join('/')}`);
const methods = ['GET', 'POST', 'PUT'] as const;
/** Random tables that the parser would accept: no two rows with the same shape and method. */
const routes = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...methods), pattern), {
    maxLength: 12,
    selector: ([method, path]) => `${method} ${path.replaceAll('{y}', '{x}')}`,
  })
  .map((rows) => rows.map(([method, path], index) => routeOf(`route_${index}`, method, path)));
const requested = fc.tuple(
  fc.constantFrom(...methods, 'HEAD', 'OPTIONS'),
  fc.array(fc.oneof(literal, fc.constant('d')), { minLength: 1, maxLength: 6 }),
);

function routeOf(id: string, method: string, path: string): Route {
  return {
    id,
    methods: [method],
    path,
    credential: { kind: 'session' },
    policy,
    upstream: 'keys',
    timeoutMs: 1_000,
    bodyBytesMax: 1_024,
    isStream: false,
    responseHeaders: new Set(),
  };
}

function tableOf(rows: readonly (readonly [id: string, method: string, path: string])[]): RouteTable {
  const routes = rows.map(([id, method, path]) => routeOf(id, method, path));
  return createRouteTable({ routes, upstreams: new Map(), defaultPolicy: policy });
}

function idOf(table: RouteTable, method: string, path: string): string {
  const match = table.match(method, patternSegments(path));
  switch (match.kind) {
    case 'route':
      return match.route.id;
    case 'other_method':
      return `405 ${match.allow.join(', ')}`;
    case 'none':
      return '404';
  }
}

import { describe, expect, it } from '@jest/globals';
import { changed, smallRouteFile, withRow } from '../../test/route-files.ts';
import { parseRouteTable } from './parse-route-table.ts';
import type { RouteTable } from './route-table.ts';

const context = { substitutions: { UPSTREAM_URL: 'http://stats:8080' } };

describe('a route file that is right', () => {
  it('becomes a table with every value in its unit', () => {
    const table = tableOf(changed('upstream: keys', 'upstream: keys\n    timeout: 2m\n    max_body: 64KiB'));
    expect(table.routes).toEqual([
      {
        id: 'sites.list',
        methods: ['GET'],
        path: '/o/{orgId}/sites',
        credential: { kind: 'api_key', scope: 'sites:read', tenantParameter: 'orgId' },
        policy: { name: 'standard', quota: 600, windowSeconds: 60 },
        upstream: 'analytics',
        timeoutMs: 15_000,
        bodyBytesMax: 2 ** 20,
        isStream: false,
        responseHeaders: new Set(),
      },
      expect.objectContaining({ credential: { kind: 'session' }, timeoutMs: 120_000, bodyBytesMax: 65_536 }),
    ]);
    expect([...table.upstreams.values()].map(({ name, url }) => `${name} ${url.origin}`)).toEqual([
      'analytics http://stats:8080',
      'keys http://keys:8081',
    ]);
    expect(table.defaultPolicy.name).toBe('standard');
  });

  it('says of each upstream how it is reached', () => {
    const row = `url: "\${UPSTREAM_URL}", keep_alive: 30s, max_connection_age: 5m, retry: idempotent`;
    const usual = { keepAliveMs: 4_000, connectionAgeMaxMs: 60_000, retry: 'safe' };
    expect([...tableOf(changed(`url: "\${UPSTREAM_URL}"`, row)).upstreams.values()]).toMatchObject([
      { name: 'analytics', via: 'undici', keepAliveMs: 30_000, connectionAgeMaxMs: 300_000, retry: 'idempotent' },
      { name: 'keys', via: 'http-proxy-middleware', ...usual },
    ]);
    const other = tableOf(changed(`url: "\${UPSTREAM_URL}"`, `url: "\${UPSTREAM_URL}", via: http-proxy-middleware`));
    expect(other.upstreams.get('analytics')).toMatchObject({ via: 'http-proxy-middleware', ...usual });
  });

  it.each([
    ['1ms', 1],
    ['500ms', 500],
    ['15s', 15_000],
    ['1m', 60_000],
    ['24h', 86_400_000],
  ])('reads a duration of %s as %s ms', (duration, milliseconds) => {
    expect(tableOf(changed('timeout: 15s', `timeout: ${duration}`)).routes[0]?.timeoutMs).toBe(milliseconds);
  });

  it.each([
    ['0B', 0],
    ['1024B', 1_024],
    ['64KiB', 65_536],
    ['1GiB', 2 ** 30],
  ])('reads a size of %s as %s bytes', (size, bytes) => {
    expect(tableOf(changed('max_body: 1MiB', `max_body: ${size}`)).routes[0]?.bodyBytesMax).toBe(bytes);
  });

  it('takes the default timeout from the environment if set there, and a row’s own from the row', () => {
    const parsed = parseRouteTable(changed('upstream: keys', 'upstream: keys\n    timeout: 2m'), {
      ...context,
      defaultTimeoutMs: 200,
    });
    expect(parsed.ok && parsed.table.routes.map(({ timeoutMs }) => timeoutMs)).toEqual([200, 120_000]);
  });

  it('may lead to the same path by different methods, and to overlapping paths that differ in rank', () => {
    const table = tableOf(
      withRow(
        'id: sites.create',
        'match: { methods: [POST, PUT], path: "/o/{organization}/sites" }',
        'scope: goals:write',
        'tenant: "{organization}"',
        'upstream: analytics',
      ).concat(
        '  - { id: rest, match: { methods: [GET], path: "/o/{orgId}/{rest*}" }, scope: sites:read, tenant: "{orgId}", upstream: analytics }\n',
      ),
    );
    expect(table.routes.map(({ id }) => id)).toEqual(['sites.list', 'auth.session', 'sites.create', 'rest']);
  });
});

describe('a substitution', () => {
  it('stands in upstream URLs only', () => {
    expect(faultsOf(changed('"/o/{orgId}/sites"', `"/o/\${UPSTREAM_URL}/sites"`))[0]).toContain('literal segments');
    expect(faultsOf(changed('scope: sites:read', `scope: \${UPSTREAM_URL}`))[0]).toContain('scope must be');
    expect(faultsOf(changed('upstream: analytics', `upstream: \${UPSTREAM_URL}`))[0]).toContain('must be lower-case');
  });

  it('may be a part of the URL', () => {
    const text = changed(`"\${UPSTREAM_URL}"`, `"http://\${HOST}:\${PORT}"`);
    const parsed = parseRouteTable(text, { substitutions: { HOST: 'stats', PORT: '81' } });
    expect(parsed.ok && parsed.table.upstreams.get('analytics')?.url.host).toBe('stats:81');
  });

  it('is not repeated in the substituted text', () => {
    const parsed = parseRouteTable(smallRouteFile, {
      substitutions: { UPSTREAM_URL: `\${SECRET}`, SECRET: 'http://a' },
    });
    expect(parsed.ok).toBe(false);
  });
});

describe('a route file that is wrong', () => {
  it('gives one complaint for each fault, in the order of the file', () => {
    const text = changed('timeout: 15s', 'timeout: soon')
      .replace('sites:read', 'site:read')
      .replace('[GET]', '[FETCH]');
    expect(faultsOf(text).map((fault) => fault.split(': ')[0])).toEqual(['2:22', '10:24', '11:12']);
  });

  it('yields every fault of the second stage at once as well', () => {
    const text = changed('upstream: analytics', 'upstream: nowhere').replace('tenant: "{orgId}"', 'tenant: "{id}"');
    expect(faultsOf(text).map((fault) => fault.split(': ')[0])).toEqual(['12:13', '13:15']);
  });

  it('is refused in any form', () => {
    for (const text of ['', '# nothing', '[]', '"text"', '7', '\0', 'routes: []', '---\n---\n', '{'])
      expect(faultsOf(text).length).toBeGreaterThan(0);
  });

  it('does not give away the password of an address', () => {
    const parsed = parseRouteTable(smallRouteFile, {
      substitutions: { UPSTREAM_URL: 'http://reader:hunter2@stats:8080' },
    });
    expect(parsed.ok).toBe(false);
    expect(JSON.stringify(parsed)).not.toContain('hunter2');
  });
});

/** Complaints as `line:column: message`. */
function faultsOf(text: string): readonly string[] {
  const parsed = parseRouteTable(text, context);
  if (parsed.ok) return [];
  return parsed.faults.map(({ line, column, message }) => `${line}:${column}: ${message}`);
}

function tableOf(text: string): RouteTable {
  expect(faultsOf(text)).toEqual([]);
  const parsed = parseRouteTable(text, context);
  if (!parsed.ok) throw new Error('no table');
  return parsed.table;
}

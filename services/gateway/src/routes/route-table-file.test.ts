import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scopes, scopeTable } from '@engagetrack/contracts';
import { StartupError } from '@engagetrack/service-chassis';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { changed, smallRouteFile } from '../../test/route-files.ts';
import { readRouteTableFile } from './route-table-file.ts';

const substitutions = { UPSTREAM_URL: 'http://stats:8080', KEYS_URL: 'http://keys:8081' };

describe('readRouteTableFile', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'route-table-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const written = (text: string): string => {
    const file = join(folder, 'routes.yaml');
    writeFileSync(file, text);
    return file;
  };

  it('reads the table of a file', () => {
    const table = readRouteTableFile(written(smallRouteFile), { substitutions });
    expect(table.routes.map(({ id }) => id)).toEqual(['sites.list', 'auth.session']);
  });

  it('complains of a file that is not there, or is no file, in one sentence that names the variable', () => {
    for (const file of [join(folder, 'nowhere.yaml'), folder]) {
      const error = startupErrorOf(() => readRouteTableFile(file, { substitutions }));
      expect(error.message).toBe(
        `ROUTES_FILE: cannot read ${file}; it must be a readable route table such as config/routes.yaml`,
      );
    }
  });

  it('complains of every fault at once, each on a line of its own with its place', () => {
    const text = changed('upstream: analytics', 'upstream: nowhere')
      .replace('upstream: keys', 'upstream: neither')
      .replace('tenant: "{orgId}"', 'tenant: "{id}"');
    const file = written(text);
    const { message } = startupErrorOf(() => readRouteTableFile(file, { substitutions }));
    const lines = message.split('\n');
    expect(lines.map((line) => line.slice(file.length, file.length + ':12:13: '.length))).toEqual([
      ':12:13: ',
      ':13:15: ',
      ':17:15: ',
      ':17:15: ',
    ]);
    for (const line of lines) expect(line).toMatch(/: [^:].* .*[^.]$/);
  });

  it('complains of an anchor in the same form', () => {
    const file = written(changed('{ timeout', '&a { timeout'));
    expect(startupErrorOf(() => readRouteTableFile(file, { substitutions })).message).toMatch(/:2:14: anchors/);
  });
});

describe('the shipped route table', () => {
  const { routes, upstreams, defaultPolicy } = readRouteTableFile(
    fileURLToPath(new URL('../../config/routes.yaml', import.meta.url)),
    { substitutions },
  );
  const organization = '/api/v1/organizations/{orgId}';

  it('has rows for every scope of the contract', () => {
    const named = routes.flatMap(({ credential }) => (credential.kind === 'api_key' ? [credential.scope] : []));
    const missing = scopes.filter((scope) => !named.includes(scope));
    expect(missing.map((scope) => `config/routes.yaml has no route for ${scope}`)).toEqual([]);
  });

  it('binds every row for API keys to the organization of its path, and sends it to the analytics upstream', () => {
    for (const { credential, path, upstream } of routes) {
      if (credential.kind !== 'api_key') continue;
      expect(path.startsWith(`${organization}/sites`)).toBe(true);
      expect(credential.tenantParameter).toBe('orgId');
      expect(upstream).toBe('analytics');
    }
  });

  it('asks for a read scope exactly for the methods that only read', () => {
    const readScopes = scopeTable.filter(({ action }) => action === 'read').map(({ scope }) => scope);
    for (const { id, credential, methods } of routes) {
      if (credential.kind !== 'api_key') continue;
      const writes = methods.some((method) => method !== 'GET');
      expect([id, readScopes.includes(credential.scope)]).toEqual([id, !writes]);
      expect(methods.includes('GET') && writes).toBe(false);
    }
  });

  it('counts analytics under a policy of its own and everything else under the standard one', () => {
    expect(defaultPolicy).toEqual({ name: 'standard', quota: 600, windowSeconds: 60 });
    for (const { path, policy } of routes)
      expect(policy).toEqual({ ...defaultPolicy, name: path.includes('/analytics/') ? 'analytics' : 'standard' });
  });

  it('leads to the key service with a session, and without one only to the log-in', () => {
    const others = routes.filter(({ credential }) => credential.kind !== 'api_key');
    expect(others.map(({ credential, methods, path }) => `${credential.kind} ${methods} ${path}`)).toEqual([
      'none POST /api/v1/auth/login',
      'session POST /api/v1/auth/logout',
      'session GET /api/v1/auth/session',
      `session GET ${organization}`,
      `session PUT ${organization}/plan`,
      `session GET,POST ${organization}/api-keys`,
      `session GET,DELETE ${organization}/api-keys/{keyId}`,
      `session GET ${organization}/api-keys/{keyId}/usage`,
      `session GET ${organization}/api-key-usage`,
    ]);
    for (const { upstream } of others) expect(upstreams.get(upstream)?.url.origin).toBe('http://keys:8081');
  });
});

function startupErrorOf(work: () => unknown): StartupError {
  try {
    work();
  } catch (error) {
    if (error instanceof StartupError) return error;
    throw error;
  }
  throw new Error('It was accepted');
}

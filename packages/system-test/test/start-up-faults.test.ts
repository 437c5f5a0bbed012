import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProcess } from '@engagetrack/test-ground';
import { createTestDatabase, describeWithPostgres } from '@engagetrack/test-ground/stores';
import { afterAll, describe, expect, it } from '@jest/globals';

const gateway = 'services/gateway/src/main.ts';
const keys = 'services/keys/src/main.ts';
const token = 'an-internal-token-of-thirty-two-characters';
const gatewayEnvironment = {
  REDIS_URL: 'redis://127.0.0.1:1',
  KEYS_URL: 'http://127.0.0.1:1',
  KEYS_INTERNAL_URL: 'http://127.0.0.1:1',
  UPSTREAM_URL: 'http://127.0.0.1:1',
  INTERNAL_TOKEN: token,
};

describe('a service that cannot start', () => {
  const folder = mkdtempSync(join(tmpdir(), 'engagetrack-faults-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('names every faulty variable at once, without repeating a secret', async () => {
    const { code, output } = await runProcess({
      main: gateway,
      environment: {
        GATEWAY_PORT: '80800',
        REDIS_URL: 'http://127.0.0.1',
        UPSTREAM_URL: 'analytics',
        INTERNAL_TOKEN: 'too-short-to-be-right',
        TRUSTED_HOPS: 'one',
        TRUSTED_PROXIES: '10.0.0.0/8, 10.0.0.0/40',
        PUBLIC_HOSTS: 'https://api.test',
        LOG_LEVEL: 'loud',
      },
    });
    expect(code).toBe(1);
    expect(output.trim().split('\n').sort()).toEqual([
      'GATEWAY_PORT: must be a port number from 0 to 65535 (0 picks a free one), but is "80800"',
      'INTERNAL_TOKEN: must be at least 32 characters; for example the output of: openssl rand -hex 32',
      'KEYS_INTERNAL_URL: is required but not set',
      'KEYS_URL: is required but not set',
      'LOG_LEVEL: must be one of fatal, error, warn, info, debug, trace, silent, but is "loud"',
      'PUBLIC_HOSTS: must be host names with commas between them, each with a port where it has one, such as api.engagetrack.net, but is "https://api.test"',
      'REDIS_URL: must be a URL such as redis://127.0.0.1:6379',
      'TRUSTED_HOPS: must be a whole number of hops from 0 to 16, but is "one"',
      'TRUSTED_PROXIES: must be addresses or CIDR ranges with commas between them, such as 10.1.0.0/16, 192.0.2.7, 2001:db8::/32, but is "10.0.0.0/8, 10.0.0.0/40"',
      'UPSTREAM_URL: must be a URL such as http://127.0.0.1:8082, but is "analytics"',
    ]);
  });

  it('points at the line and column of a bad route table', async () => {
    const routes = join(folder, 'routes.yaml');
    writeFileSync(
      routes,
      [
        'version: 1',
        'defaults: { timeout: 15s, max_body: 1MiB, rate_limit: standard }',
        'upstreams: { analytics: { url: "http://127.0.0.1:1" } }',
        'rate_limits: { standard: { limit: 600, window: 60s } }',
        'routes:',
        '  - id: sites.list',
        '    match: { methods: [GET], path: "/api/v1/organizations/{orgId}/sites" }',
        '    scope: site:read',
        '    tenant: "{orgId}"',
        '    upstream: analytics',
        '',
      ].join('\n'),
    );
    const { code, output } = await runProcess({
      main: gateway,
      environment: { ...gatewayEnvironment, ROUTES_FILE: routes },
    });
    expect(code).toBe(1);
    expect(output).toMatch(new RegExp(`^${routes}:8:12: .*sites:read.*\n$`));
    const missing = await runProcess({
      main: gateway,
      environment: { ...gatewayEnvironment, ROUTES_FILE: `${routes}.x` },
    });
    expect([missing.code, missing.output.trim().split('\n').length]).toEqual([1, 1]);
    expect(missing.output).toContain('ROUTES_FILE');
  });

  it('prints its configuration with the secrets masked', async () => {
    const { code, output } = await runProcess({
      main: gateway,
      environment: { ...gatewayEnvironment, REDIS_URL: 'redis://:hidden@127.0.0.1:1' },
      args: ['--print-config'],
    });
    expect(code).toBe(0);
    expect(output).toContain('INTERNAL_TOKEN=********\n');
    expect(output).toContain('GATEWAY_PORT=8080\n');
    expect(output).not.toContain('hidden');
    expect(output).not.toContain(token);
  });

  it('says that nothing answers at DATABASE_URL, without its password', async () => {
    const { code, output } = await runProcess({
      main: keys,
      environment: {
        DATABASE_URL: 'postgres://user:hidden@127.0.0.1:1/none',
        REDIS_URL: 'redis://127.0.0.1:1',
        INTERNAL_TOKEN: token,
      },
    });
    expect([code, output]).toEqual([
      1,
      'DATABASE_URL: the database cannot be used (nothing answers at its address); check the address, the user and the password in DATABASE_URL\n',
    ]);
  });

  describeWithPostgres('on a database that is not migrated', () => {
    it('says which command to run', async () => {
      const database = await createTestDatabase();
      try {
        const environment = { DATABASE_URL: database.url, REDIS_URL: 'redis://127.0.0.1:1', INTERNAL_TOKEN: token };
        const { code, output } = await runProcess({ main: keys, environment });
        expect([code, output]).toEqual([
          1,
          'DATABASE_URL: the database is not migrated (missing: 0001-accounts-and-api-keys, 0002-witness-ledger, 0003-usage); run "npm run migrate" with the same DATABASE_URL first\n',
        ]);
        const demo = await runProcess({ main: 'services/keys/src/commands/demo.ts', environment });
        expect([demo.code, demo.output]).toEqual([1, output]);
      } finally {
        await database.drop();
      }
    });
  });
});

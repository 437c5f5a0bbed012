import { type Scope, scopes } from '@engagetrack/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type GatewayHarness, organizationA, organizationB, startGateway } from './harness.ts';

const organization = `/api/v1/organizations/${organizationA}`;
const site = `${organization}/sites/site_1`;

/** The published scope reference, line by line. */
const operations: readonly (readonly [
  scope: Scope,
  method: 'get' | 'post' | 'put' | 'patch' | 'delete',
  path: string,
])[] = [
  ['sites:read', 'get', `${organization}/sites`],
  ['sites:read', 'get', site],
  ...[
    'stats',
    'charts',
    'pages',
    'sources',
    'devices',
    'locations',
    'revenue',
    'channels',
    'exit-pages',
    'utm/campaigns',
  ].map((report) => ['analytics:read', 'get', `${site}/analytics/${report}`] as const),
  ['goals:read', 'get', `${site}/goals`],
  ['goals:read', 'get', `${site}/goals/goal_1`],
  ['goals:read', 'get', `${site}/goals/goal_1/stats`],
  ['goals:read', 'get', `${site}/goals/goal_1/completions`],
  ['goals:write', 'patch', `${site}/goals/goal_1`],
  ['goals:write', 'post', `${site}/goals/goal_1/archive`],
  ['goals:write', 'post', `${site}/goals/goal_1/unarchive`],
  ['funnels:read', 'get', `${site}/funnels`],
  ['funnels:read', 'get', `${site}/funnels/funnel_1`],
  ['funnels:read', 'get', `${site}/funnels/funnel_1/analysis`],
  ['funnels:write', 'post', `${site}/funnels`],
  ['funnels:write', 'put', `${site}/funnels/funnel_1`],
  ['funnels:write', 'delete', `${site}/funnels/funnel_1`],
  ['annotations:read', 'get', `${site}/annotations`],
  ['annotations:write', 'post', `${site}/annotations`],
  ['annotations:write', 'delete', `${site}/annotations/annotation_1`],
  ['visitors:read', 'get', `${site}/visitors`],
  ['visitors:read', 'get', `${site}/visitors/visitor_1`],
  ['visitors:read', 'get', `${site}/visitors/visitor_1/timeline`],
];

describe('what a key may do', () => {
  let gateway: GatewayHarness;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());
  beforeEach(() => {
    gateway.received.length = 0;
  });

  it('is tried here with at least one operation of every scope', () => {
    const tried = operations.map(([scope]) => scope);
    const missing = scopes.filter((scope) => !tried.includes(scope));
    expect(missing.map((scope) => `no operation of ${scope} is tried`)).toEqual([]);
  });

  it.each(operations)('%s alone admits %s %s, and every other scope together does not', async (scope, method, path) => {
    const holder = gateway.issueKey({ scopes: [scope] });
    const admitted = await gateway.api()[method](path).set('authorization', holder.authorization);
    expect(admitted.status).toBe(200);
    expect(gateway.received).toHaveLength(1);

    const others = gateway.issueKey({ scopes: scopes.filter((other) => other !== scope) });
    const refused = await gateway.api()[method](path).set('authorization', others.authorization);
    expect(refused.status).toBe(403);
    expect(refused.text).toBe(`{"error":"API key missing required scope: ${scope}"}`);
    expect(refused.headers).toMatchObject({
      'x-error-code': 'missing_scope',
      'www-authenticate': `Bearer realm="engagetrack", error="insufficient_scope", scope="${scope}"`,
      'x-ratelimit-remaining': '599',
    });
    expect(gateway.received).toHaveLength(1);
  });

  it('answers 402 on a plan without API access, on every path', async () => {
    const { authorization } = gateway.issueKey({ plan: 'maker' });
    for (const path of [`${organization}/sites`, '/api/v1/nothing', `/api/v1/organizations/${organizationB}/sites`]) {
      const answer = await gateway.api().get(path).set('authorization', authorization);
      expect(answer.status).toBe(402);
      expect(answer.text).toBe('{"error":"API key access requires a Startup plan or higher"}');
      expect(answer.headers).toHaveProperty('x-ratelimit-remaining');
    }
    expect(gateway.received).toEqual([]);
  });

  it('lets a downgrade and an upgrade take effect on the next request', async () => {
    const { authorization, key } = gateway.issueKey({ organizationId: organizationB });
    const path = `/api/v1/organizations/${organizationB}/sites`;
    const status = async () => (await gateway.api().get(path).set('authorization', authorization)).status;
    expect(await status()).toBe(200);
    gateway.changePlan(key, 'maker', 2);
    await gateway.raiseEpoch(organizationB, 2);
    expect(await status()).toBe(402);
    gateway.changePlan(key, 'agency', 3);
    await gateway.raiseEpoch(organizationB, 3);
    expect(await status()).toBe(200);
  });

  it('answers the same for another organization, an unknown organization and an unknown path', async () => {
    const keys = Array.from({ length: 5 }, () => gateway.issueKey());
    const paths = [
      `/api/v1/organizations/${organizationB}/sites`,
      `/api/v1/organizations/${organizationB}/sites/site_1/analytics/stats`,
      '/api/v1/organizations/org_nobody/sites',
      `${organization}/nothing`,
      `${site}/analytics`,
    ];
    const answers = await Promise.all(
      paths.map((path, index) =>
        gateway
          .api()
          .get(path)
          .set('authorization', keys[index]?.authorization ?? ''),
      ),
    );
    const comparable = answers.map(({ status, text, headers }) => {
      const { 'x-request-id': _id, date: _date, ...rest } = headers;
      return JSON.stringify([status, text, Object.keys(headers), rest]);
    });
    expect(answers[0]?.status).toBe(404);
    expect(answers[0]?.text).toBe('{"error":"Not found"}');
    expect(new Set(comparable).size).toBe(1);
    expect(gateway.received).toEqual([]);
  });

  it('answers 405 with Allow for another method on a path of the own organization', async () => {
    const { authorization } = gateway.issueKey({ scopes: ['analytics:read'] });
    const refused = await gateway.api().put(`${site}/goals/goal_1`).set('authorization', authorization);
    expect(refused.status).toBe(405);
    expect(refused.text).toBe('{"error":"Method not allowed"}');
    expect(refused.headers.allow).toBe('GET, HEAD, PATCH');
    const options = await gateway.api().options(`${organization}/sites`).set('authorization', authorization);
    expect(options.status).toBe(405);
    const elsewhere = await gateway
      .api()
      .put(`/api/v1/organizations/${organizationB}/sites`)
      .set('authorization', authorization);
    expect(elsewhere.status).toBe(404);
    expect((await gateway.api().options(`${organization}/sites`)).status).toBe(401);
  });

  it('takes a method from the request line only', async () => {
    const { authorization } = gateway.issueKey({ scopes: ['goals:read'] });
    const answer = await gateway.api().get(`${site}/goals/goal_1?_method=PATCH`).set({
      authorization,
      'x-http-method-override': 'PATCH',
      'x-http-method': 'PATCH',
      'x-method-override': 'PATCH',
    });
    expect(answer.status).toBe(200);
    expect(gateway.received[0]?.method).toBe('GET');
    expect(Object.keys(gateway.received[0]?.headers ?? {}).filter((name) => name.includes('method'))).toEqual([]);
  });
});

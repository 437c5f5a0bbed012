import { describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { callerOf, createApp, identityOf, sitePath, sitesPath } from './harness.ts';

const app = createApp();

describe('identity', () => {
  it.each([
    ['none at all', {}],
    ['no organization', { ...identityOf('org_a'), 'X-Org-Id': '' }],
    ['a malformed organization', identityOf('acme')],
    ['two organizations', identityOf('org_a, org_b')],
    ['no key id', { ...identityOf('org_a'), 'X-Api-Key-Id': '' }],
    ['a malformed key id', { ...identityOf('org_a'), 'X-Api-Key-Id': 'et_live_1' }],
    ['another type of credential', { ...identityOf('org_a'), 'X-Auth-Type': 'session' }],
    ['an API key in its place', { Authorization: `Bearer et_live_${'0'.repeat(32)}` }],
  ])('answers 401 to %s, on known and unknown paths alike', async (_name, headers) => {
    for (const path of [sitesPath, `${sitePath}/analytics/stats`, '/api/v1/nowhere']) {
      const answer = await supertest(app).get(path).set(headers);
      expect(answer.status).toBe(401);
      expect(answer.text).toBe('{"error":"Missing identity"}');
    }
  });

  it('accepts a complete identity, with or without scopes: the gateway judges them', async () => {
    expect((await supertest(app).get(sitesPath).set(identityOf('org_a'))).status).toBe(200);
    const { 'X-Auth-Scopes': _, ...withoutScopes } = identityOf('org_a');
    expect((await supertest(app).get(sitesPath).set(withoutScopes)).status).toBe(200);
  });

  it('answers 404 for an organization that is not the one in X-Org-Id, on every path below', async () => {
    for (const path of [
      '/sites',
      '/sites/site_1',
      '/sites/site_1/analytics/stats',
      '/sites/site_1/analytics/live',
      '',
    ]) {
      const answer = await callerOf(app, 'org_b').get(`/api/v1/organizations/org_a${path}`);
      expect(answer.status).toBe(404);
      expect(answer.text).toBe('{"error":"Not found"}');
    }
  });

  it('says that it lives, without an identity', async () => {
    const answer = await supertest(app).get('/livez');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ status: 'live' });
  });

  it('answers 404 outside the API, 400 to a path that is not UTF-8, and never names its software', async () => {
    const outside = await supertest(app).get('/metrics');
    expect([outside.status, outside.text]).toEqual([404, '{"error":"Not found"}']);
    const broken = await callerOf(app).get(`${sitesPath}/%ff`);
    expect([broken.status, broken.text]).toEqual([400, '{"error":"Bad request"}']);
    for (const answer of [outside, broken]) {
      expect(answer.headers).not.toHaveProperty('x-powered-by');
      expect(answer.headers).not.toHaveProperty('x-error-code');
    }
  });
});

describe('whoami', () => {
  it('echoes the identity, the request target byte for byte and every header', async () => {
    const answer = await callerOf(app)
      .get(`${sitePath}/analytics/whoami?a=1&a=2&q=%2e%2E/?x`)
      .set({ 'X-Request-Id': 'trace:0123.abc-9', 'X-Mixed-Case': 'Kept As Sent', 'User-Agent': 'reader/1' });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      organization_id: 'org_a',
      api_key_id: 'key_1',
      scopes: ['analytics:read', 'sites:read'],
      auth_type: 'api_key',
      request_id: 'trace:0123.abc-9',
      method: 'GET',
      path: `${sitePath}/analytics/whoami`,
      query: 'a=1&a=2&q=%2e%2E/?x',
      headers: {
        host: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        'accept-encoding': 'gzip, deflate',
        connection: 'close',
        'user-agent': 'reader/1',
        'x-org-id': 'org_a',
        'x-api-key-id': 'key_1',
        'x-auth-scopes': 'analytics:read sites:read',
        'x-auth-type': 'api_key',
        'x-request-id': 'trace:0123.abc-9',
        'x-mixed-case': 'Kept As Sent',
      },
    });
  });

  it('shows a header that came twice as both of its values', async () => {
    const answer = await callerOf(app)
      .get(`${sitePath}/analytics/whoami`)
      .set({ 'X-Twice': ['1', '2'] });
    expect(answer.body.headers['x-twice']).toEqual(['1', '2']);
    expect(answer.body.request_id).toBeNull();
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cookieOf, type DashboardHarness, liveKey, startDashboard } from './harness.ts';

describe('POST /api/test-request', () => {
  let dashboard: DashboardHarness;
  let cookie: string;
  beforeAll(async () => {
    dashboard = await startDashboard();
    cookie = cookieOf(await dashboard.logIn());
  });
  afterAll(() => dashboard.stop());
  const test = (body: Record<string, unknown>, asker = cookie) =>
    dashboard.change('post', '/api/test-request').set('Cookie', asker).send(body);

  it('answers with the status and the three limit headers that a caller with the key gets', async () => {
    const answer = await test({ organization_id: 'org_a', key: liveKey });
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        request: 'GET /api/v1/organizations/org_a/sites',
        status: 200,
        error: null,
        limit: '600',
        remaining: '599',
        reset: '1773489660',
      },
    ]);
    const [seen] = dashboard.seenByGateway;
    expect([seen?.url, seen?.headers.authorization, seen?.headers.cookie]).toEqual([
      '/api/v1/organizations/org_a/sites',
      `Bearer ${liveKey}`,
      undefined,
    ]);
  });

  it('answers with the published sentence of a refusal', async () => {
    const answer = await test({ organization_id: 'org_a', key: `et_live_${'f'.repeat(32)}` });
    expect([answer.body.status, answer.body.error]).toEqual([401, 'Invalid or expired API key']);
  });

  it('is refused without a session or membership, and sends nothing', async () => {
    const before = dashboard.seenByGateway.length;
    expect((await test({ organization_id: 'org_a', key: liveKey }, 'other=1')).status).toBe(401);
    expect((await test({ organization_id: 'org_elsewhere', key: liveKey })).status).toBe(404);
    expect(dashboard.seenByGateway.length).toBe(before);
  });

  it('is refused for a body without an organization’s key', async () => {
    for (const body of [
      {},
      { organization_id: 'org_a' },
      { organization_id: '../org_b', key: liveKey },
      { organization_id: 'org_a', key: `${liveKey}\r\nX-Org-Id: org_b` },
      { organization_id: 'org_a', key: liveKey, url: 'https://evil.example' },
    ])
      expect((await test(body)).status).toBe(400);
  });

  it('says 503 while the gateway does not answer', async () => {
    const alone = await startDashboard();
    const own = cookieOf(await alone.logIn());
    await alone.stopGateway();
    const answer = await alone
      .change('post', '/api/test-request')
      .set('Cookie', own)
      .send({ organization_id: 'org_a', key: liveKey });
    expect(answer.status).toBe(503);
    await alone.stop();
  });

  it('leaves no trace of the key in log or metrics', async () => {
    const kept = [...dashboard.logLines, await dashboard.registry.metrics()].join('\n');
    expect(kept).toContain('POST /api/test-request');
    expect(kept).not.toContain(liveKey.slice('et_live_'.length, 24));
  });
});

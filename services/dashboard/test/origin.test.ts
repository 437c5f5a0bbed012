import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { cookieOf, credentials, type DashboardHarness, liveKey, startDashboard } from './harness.ts';

const keys = '/api/v1/organizations/org_a/api-keys';

describe('a change', () => {
  let dashboard: DashboardHarness;
  let cookie: string;
  beforeAll(async () => {
    dashboard = await startDashboard();
    cookie = cookieOf(await dashboard.logIn());
  });
  afterAll(() => dashboard.stop());

  const foreignOrigins = (own: string): readonly (string | undefined)[] => [
    undefined,
    'null',
    'https://evil.example',
    own.replace('http:', 'https:'),
    `${own}.evil.example`,
    `${own}/`,
    own.replace(/\d+$/, '1'),
    own.toUpperCase(),
  ];

  it('D02 without the Origin of the dashboard is refused 403, and neither service gets it', async () => {
    const before = dashboard.seenByKeyService.length + dashboard.seenByGateway.length;
    for (const origin of foreignOrigins(dashboard.url)) {
      const requests = [
        supertest(dashboard.url).post(keys).send({ name: 'x' }),
        supertest(dashboard.url).delete(`${keys}/key_1`),
        supertest(dashboard.url).put('/api/v1/organizations/org_a/plan').send({ plan: 'maker' }),
        supertest(dashboard.url).post('/api/v1/auth/login').send(credentials),
        supertest(dashboard.url).post('/api/v1/auth/logout'),
        supertest(dashboard.url).post('/api/test-request').send({ organization_id: 'org_a', key: liveKey }),
      ];
      for (const request of requests) {
        if (origin !== undefined) request.set('Origin', origin);
        const answer = await request.set('Cookie', cookie);
        expect([answer.status, answer.text]).toEqual([
          403,
          '{"error":"Changes are only accepted from the dashboard itself"}',
        ]);
      }
    }
    expect(dashboard.seenByKeyService.length + dashboard.seenByGateway.length).toBe(before);
    expect((await dashboard.change('delete', `${keys}/key_1`).set('Cookie', cookie)).status).toBe(200);
  });

  it('D02 that a browser marks as another site’s is refused even with the right Origin', async () => {
    for (const site of ['cross-site', 'same-site', 'none']) {
      const answer = await dashboard
        .change('delete', `${keys}/key_1`)
        .set('Sec-Fetch-Site', site)
        .set('Cookie', cookie);
      expect(answer.status).toBe(403);
    }
    const own = await dashboard
      .change('delete', `${keys}/key_1`)
      .set('Sec-Fetch-Site', 'same-origin')
      .set('Cookie', cookie);
    expect(own.status).toBe(200);
  });

  it('D02 over TLS must come from the public address', async () => {
    const overTls = await startDashboard({ publicUrl: 'https://app.example.com/' });
    const ask = (origin: string) =>
      supertest(overTls.url).post('/api/v1/auth/login').set('Origin', origin).send(credentials);
    expect((await ask('https://app.example.com')).status).toBe(200);
    expect((await ask('http://app.example.com')).status).toBe(403);
    expect((await ask(overTls.url)).status).toBe(403);
    await overTls.stop();
  });

  it('D03 is refused when a form of another site sends it', async () => {
    for (const type of ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain']) {
      const answer = await supertest(dashboard.url)
        .post(keys)
        .set({ Cookie: cookie, Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site', 'Content-Type': type })
        .send('name=x&scopes=sites:read');
      expect(answer.status).toBe(403);
    }
  });
});

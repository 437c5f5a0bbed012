import { describe, expect, it } from '@jest/globals';
import { callerOf, createApp, sitesPath } from './harness.ts';

const caller = callerOf(createApp());

describe('sites', () => {
  it('lists three sites with different names', async () => {
    const { status, body } = await caller.get(sitesPath);
    expect(status).toBe(200);
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual(['site_1', 'site_2', 'site_3']);
    expect(new Set(body.data.map(({ name }: { name: string }) => name)).size).toBe(3);
    for (const site of body.data)
      expect(site).toEqual({
        id: expect.any(String),
        name: expect.stringMatching(/./),
        domain: expect.stringMatching(/^[a-z-]+\.example$/),
        created_at: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      });
  });

  it('answers each of them alone as in the list', async () => {
    const { body } = await caller.get(sitesPath);
    for (const site of body.data) expect((await caller.get(`${sitesPath}/${site.id}`)).body).toEqual(site);
  });

  it('treats every well-formed id as a site, and no other text', async () => {
    for (const id of ['mysite', 'a', 'A-b_9', '__proto__', 'constructor', 'x'.repeat(128)]) {
      const { status, body } = await caller.get(`${sitesPath}/${id}`);
      expect([status, body.id]).toEqual([200, id]);
    }
    for (const id of ['x'.repeat(129), 'a.b', 'a%20b', 'a%2fb', '%7bsiteId%7d'])
      for (const below of ['', '/analytics/stats', '/goals', '/visitors', '/analytics/whoami', '/analytics/live'])
        expect((await caller.get(`${sitesPath}/${id}${below}`)).status).toBe(404);
  });

  it('answers no other spelling of a path and no other method', async () => {
    for (const path of [`${sitesPath}/`, sitesPath.replace('sites', 'Sites'), `${sitesPath}/site_1/unknown`])
      expect((await caller.get(path)).status).toBe(404);
    expect((await caller.post(sitesPath)).status).toBe(404);
  });

  it('answers HEAD as GET without the body', async () => {
    const answer = await caller.head(sitesPath);
    expect([answer.status, answer.text]).toEqual([200, undefined]);
  });
});

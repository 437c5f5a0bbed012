import { describe, expect, it } from '@jest/globals';
import { callerOf, createApp, nowMs, sitePath, sitesPath } from './harness.ts';

const caller = callerOf(createApp());

describe('visitors', () => {
  it('come in pages, the latest first, none twice', async () => {
    const first = (await caller.get(`${sitePath}/visitors?page=1&limit=50`)).body;
    const second = (await caller.get(`${sitePath}/visitors?page=2&limit=50`)).body;
    expect(Object.keys(first)).toEqual(['data', 'page', 'limit', 'total']);
    expect(first).toMatchObject({ page: 1, limit: 50, total: second.total });
    const both: { id: string; last_seen_at: string }[] = [...first.data, ...second.data];
    expect(new Set(both.map(({ id }) => id)).size).toBe(100);
    const times = both.map(({ last_seen_at }) => Date.parse(last_seen_at));
    expect(times).toEqual(times.toSorted((left, right) => right - left));
    expect(times[0]).toBeLessThanOrEqual(nowMs);
    expect((await caller.get(`${sitePath}/visitors?page=1&limit=100`)).body.data).toEqual(both);
  });

  it('end with a page that holds the rest', async () => {
    const { total } = (await caller.get(`${sitePath}/visitors?period=7d&limit=1000`)).body;
    const lastPage = Math.ceil(total / 1000);
    const last = (await caller.get(`${sitePath}/visitors?period=7d&limit=1000&page=${lastPage}`)).body;
    expect(last.data).toHaveLength(total - (lastPage - 1) * 1000);
    expect(last.data.at(-1).last_seen_at.slice(0, 10)).toBe('2026-03-08');
    expect((await caller.get(`${sitePath}/visitors?period=7d&limit=1000&page=${lastPage + 1}`)).body.data).toEqual([]);
  });

  it('spread over devices about as the devices report says', async () => {
    const { data: visitors } = (await caller.get(`${sitePath}/visitors?limit=1000`)).body;
    const { data: devices } = (await caller.get(`${sitePath}/analytics/devices`)).body;
    for (const { device, share } of devices) {
      const seen = visitors.filter((visitor: { device: string }) => visitor.device === device).length;
      expect(Math.abs(seen / visitors.length - share)).toBeLessThan(0.06);
    }
  });

  it('are each the same alone as in the list, and still so hours later', async () => {
    const { data } = (await caller.get(`${sitePath}/visitors?limit=5`)).body;
    const later = callerOf(createApp({ now: () => nowMs + 9 * 3_600_000 }));
    for (const visitor of data) {
      expect((await caller.get(`${sitePath}/visitors/${visitor.id}`)).body).toEqual(visitor);
      expect((await later.get(`${sitePath}/visitors/${visitor.id}`)).body).toEqual(visitor);
    }
  });

  it('have a timeline of the latest visit, in order, that fits the visitor', async () => {
    const { data: visitors } = (await caller.get(`${sitePath}/visitors?limit=30`)).body;
    for (const visitor of visitors) {
      const { status, body } = await caller.get(`${sitePath}/visitors/${visitor.id}/timeline`);
      expect([status, body.visitor_id]).toEqual([200, visitor.id]);
      const pageviews = body.data.filter(({ type }: { type: string }) => type === 'pageview');
      expect(pageviews).toHaveLength(visitor.pageviews);
      expect(pageviews.at(0).path).toBe(visitor.entry_page);
      expect(pageviews.at(-1).path).toBe(visitor.exit_page);
      expect(body.data.at(-1).at).toBe(visitor.last_seen_at);
      expect(visitor.first_seen_at <= body.data.at(0).at).toBe(true);
      const times = body.data.map(({ at }: { at: string }) => at);
      expect(times).toEqual(times.toSorted());
    }
  });

  it('are unknown by any other id, on another site and before they came', async () => {
    const [visitor] = (await caller.get(`${sitePath}/visitors?limit=1`)).body.data;
    const changed = visitor.id.slice(0, -1) + (visitor.id.endsWith('1') ? '2' : '1');
    for (const path of [
      `${sitePath}/visitors/${changed}`,
      `${sitePath}/visitors/${changed}/timeline`,
      `${sitePath}/visitors/vis_${'0'.repeat(15)}`,
      `${sitePath}/visitors/1`,
      `${sitesPath}/site_2/visitors/${visitor.id}`,
    ])
      expect((await caller.get(path)).status).toBe(404);
    const before = callerOf(createApp({ now: () => nowMs - 86_400_000 }));
    expect((await before.get(`${sitePath}/visitors/${visitor.id}`)).status).toBe(404);
  });
});

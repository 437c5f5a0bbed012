import { describe, expect, it } from '@jest/globals';
import { callerOf, createApp, nowMs, sitePath, sitesPath, sumOf } from './harness.ts';

const caller = callerOf(createApp());
const days = { '7d': 7, '30d': 30, '90d': 90 };

async function report(name: string, query = '') {
  const { status, body } = await caller.get(`${sitePath}/analytics/${name}${query}`);
  expect(status).toBe(200);
  return body;
}

describe('the stats report', () => {
  it('has the figures of the period beside those of the period before', async () => {
    const stats = await report('stats');
    expect(stats).toMatchObject({
      report: 'stats',
      site_id: 'site_1',
      period: '30d',
      from: '2026-02-13',
      to: '2026-03-14',
    });
    expect(stats.previous).toMatchObject({ from: '2026-01-14', to: '2026-02-12' });
    for (const figure of ['visitors', 'pageviews', 'bounce_rate', 'visit_duration_seconds', 'revenue']) {
      expect(stats.data[figure]).toBeGreaterThan(0);
      expect(stats.previous[figure]).toBeGreaterThan(0);
      expect(stats.change[figure]).toBeCloseTo(stats.data[figure] / stats.previous[figure] - 1, 3);
    }
    expect(stats.data.pageviews).toBeGreaterThan(stats.data.visitors);
    expect(stats.data.bounce_rate).toBeLessThan(1);
  });
});

describe('reports on the same period', () => {
  it.each(['7d', '30d', '90d'] as const)('agree on %s', async (period) => {
    const query = `?period=${period}&limit=1000`;
    const { data: totals } = await report('stats', query);
    for (const figure of ['visitors', 'pageviews', 'revenue'])
      for (const name of ['charts', 'sources', 'channels', 'devices', 'locations'])
        expect([name, figure, sumOf((await report(name, query)).data, figure)]).toEqual([name, figure, totals[figure]]);
    expect(sumOf((await report('pages', query)).data, 'pageviews')).toBe(totals.pageviews);
    expect(sumOf((await report('revenue', query)).data, 'revenue')).toBe(totals.revenue);
    const visitors = await caller.get(`${sitePath}/visitors?period=${period}&limit=1`);
    expect(visitors.body.total).toBe(totals.visitors);
  });

  it('agree on each channel and its sources', async () => {
    const sources: { channel: string; visitors: number }[] = (await report('sources')).data;
    for (const { channel, visitors } of (await report('channels')).data)
      expect(
        sumOf(
          sources.filter((row) => row.channel === channel).map((row) => ({ visitors: row.visitors })),
          'visitors',
        ),
      ).toBe(visitors);
  });
});

describe('the charts report', () => {
  it.each(['7d', '30d', '90d'] as const)('has a row for each day of %s up to today', async (period) => {
    const { data, total } = await report('charts', `?period=${period}`);
    expect(data).toHaveLength(days[period]);
    expect(total).toBe(days[period]);
    expect(data.map(({ date }: { date: string }) => date)).toEqual(
      Array.from({ length: days[period] }, (_, index) =>
        new Date(nowMs - (days[period] - 1 - index) * 86_400_000).toISOString().slice(0, 10),
      ),
    );
  });

  it('counts today only up to the last full hour', async () => {
    const at = async (hour: number) => {
      const app = createApp({ now: () => Date.UTC(2026, 2, 14, hour, 59) });
      return (await callerOf(app).get(`${sitePath}/analytics/charts?period=7d`)).body.data;
    };
    const [night, noon, evening] = [await at(0), await at(12), await at(23)];
    expect(night.at(-1).visitors).toBe(0);
    expect(noon.at(-1).visitors).toBeGreaterThan(night.at(-1).visitors);
    expect(evening.at(-1).visitors).toBeGreaterThan(noon.at(-1).visitors);
    expect(evening.slice(0, -1)).toEqual(night.slice(0, -1));
  });

  it('shows a weekly pattern and growth over years', async () => {
    const app = createApp({ now: () => Date.UTC(2026, 2, 15) });
    const rows: { date: string; visitors: number }[] = (
      await callerOf(app).get(`${sitePath}/analytics/charts?period=90d`)
    ).body.data.slice(0, -1);
    const meanOf = (weekdays: readonly number[]): number => {
      const chosen = rows.filter(({ date }) => weekdays.includes(new Date(date).getUTCDay()));
      return (
        sumOf(
          chosen.map(({ visitors }) => ({ visitors })),
          'visitors',
        ) / chosen.length
      );
    };
    const difference = meanOf([0, 6]) / meanOf([1, 2, 3, 4]) - 1;
    expect(Math.abs(difference)).toBeGreaterThan(0.04);

    const later = createApp({ now: () => Date.UTC(2028, 2, 14, 12) });
    const then = await callerOf(later).get(`${sitePath}/analytics/stats?period=90d`);
    const today = await report('stats', '?period=90d');
    expect(then.body.data.visitors).toBeGreaterThan(today.data.visitors * 1.02);
  });
});

describe('the pages report', () => {
  it('leads with the front page and falls off as 1 / rank does', async () => {
    const { data } = await report('pages', '?limit=1000');
    expect(data[0].path).toBe('/');
    expect(data.length).toBeGreaterThan(50);
    for (const [index, { pageviews }] of data.entries())
      expect(pageviews).toBeLessThanOrEqual(data[Math.max(0, index - 1)].pageviews);
    expect(data[0].pageviews / data[9].pageviews).toBeGreaterThan(8);
    expect(data[0].pageviews / data[9].pageviews).toBeLessThan(14);
  });

  it('comes in pages that together are complete', async () => {
    const whole = await report('pages', '?limit=1000');
    const first = await report('pages', '?limit=40');
    const second = await report('pages', '?limit=40&page=2');
    expect(first).toMatchObject({ page: 1, limit: 40, total: whole.total });
    expect(second.page).toBe(2);
    expect([...first.data, ...second.data]).toEqual(whole.data.slice(0, 80));
    expect((await report('pages', '?limit=40&page=1000')).data).toEqual([]);
    expect(await report('pages', '?period=30d&limit=100')).toEqual(await report('pages'));
  });
});

describe('any other report', () => {
  it.each(['unknown', 'utm/campaigns', 'a/b/c', 'statsx', 'Stats'])('is empty: %s', async (name) => {
    expect(await report(name, '?period=7d')).toEqual({
      report: name,
      site_id: 'site_1',
      period: '7d',
      from: '2026-03-08',
      to: '2026-03-14',
      data: [],
      page: 1,
      limit: 100,
      total: 0,
    });
  });
});

describe('query parameters', () => {
  it.each([
    ['period=1d', 'period must be one of 7d, 30d, 90d'],
    ['period=', 'period must be one of 7d, 30d, 90d'],
    ['period=30d&period=7d', 'period must be one of 7d, 30d, 90d'],
    ['limit=0', 'limit must be a whole number from 1 to 1000'],
    ['limit=1001', 'limit must be a whole number from 1 to 1000'],
    ['limit=1e2', 'limit must be a whole number from 1 to 1000'],
    ['limit=-1', 'limit must be a whole number from 1 to 1000'],
    ['limit=', 'limit must be a whole number from 1 to 1000'],
    ['page=0', 'page must be a whole number from 1 to 1000000'],
    ['page=1.5', 'page must be a whole number from 1 to 1000000'],
    ['page=99999999999999999999', 'page must be a whole number from 1 to 1000000'],
  ])('refuses %s with one sentence', async (query, error) => {
    for (const path of ['analytics/stats', 'analytics/pages', 'analytics/unknown', 'visitors']) {
      const answer = await caller.get(`${sitePath}/${path}?${query}`);
      expect([answer.status, answer.text]).toEqual([400, JSON.stringify({ error })]);
    }
  });

  it('accepts the limits themselves, and ignores unknown parameters', async () => {
    expect((await report('pages', '?limit=1&page=1000000')).limit).toBe(1);
    expect((await report('pages', '?limit=1000&a[]=1&__proto__[x]=1&sort=path')).limit).toBe(1000);
  });
});

describe('the same seed, organization and site', () => {
  it('give the same answers from another process, and different ones where any of them differs', async () => {
    const path = '/analytics/stats?period=90d';
    const ask = async (seed: number, organizationId: string, siteId: string) => {
      const sites = sitesPath.replace('org_a', organizationId);
      const { body } = await callerOf(createApp({ seed }), organizationId).get(`${sites}/${siteId}${path}`);
      return JSON.stringify([body.data, body.previous]);
    };
    const first = await ask(1, 'org_a', 'site_1');
    expect(await ask(1, 'org_a', 'site_1')).toBe(first);
    const others = [await ask(2, 'org_a', 'site_1'), await ask(1, 'org_b', 'site_1'), await ask(1, 'org_a', 'site_2')];
    expect(new Set([first, ...others]).size).toBe(4);
  });
});

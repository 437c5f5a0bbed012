import { describe, expect, it } from '@jest/globals';
import { annotationsPerSiteMax } from '../src/routes/annotations.ts';
import { changedSitesMax } from '../src/site-records-store.ts';
import { callerOf, createApp, sitePath, sitesPath } from './harness.ts';

const annotations = `${sitePath}/annotations`;
const wanted = { date: '2026-11-01', text: 'Launch of the new pricing' };

describe('annotations', () => {
  it('are created, listed and deleted', async () => {
    const caller = callerOf(createApp());
    const before = (await caller.get(annotations)).body.data;
    const made = await caller.post(annotations).send({ ...wanted, author: 'ignored' });
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      id: expect.stringMatching(/^annotation_\d+$/),
      ...wanted,
      created_at: '2026-03-14T12:00:18Z',
    });
    expect(made.headers.location).toBe(`${annotations}/${made.body.id}`);
    expect((await caller.get(annotations)).body.data).toEqual([...before, made.body]);
    const deleted = await caller.delete(`${annotations}/${made.body.id}`);
    expect([deleted.status, deleted.text]).toEqual([204, '']);
    expect((await caller.get(annotations)).body.data).toEqual(before);
    expect((await caller.delete(`${annotations}/${made.body.id}`)).status).toBe(404);
    expect((await caller.post(annotations).send(wanted)).body.id).not.toBe(made.body.id);
  });

  it('mark at first the days on which the charts rise', async () => {
    const caller = callerOf(createApp());
    const charts: { date: string; visitors: number }[] = (await caller.get(`${sitePath}/analytics/charts?period=90d`))
      .body.data;
    const marked = (await caller.get(annotations)).body.data.flatMap(({ date }: { date: string }) => {
      const index = charts.findIndex((row) => row.date === date);
      return index >= 7 && index + 7 < charts.length ? [index] : [];
    });
    expect(marked.length).toBeGreaterThan(0);
    for (const index of marked) {
      const sameWeekday = ((charts[index - 7]?.visitors ?? 0) + (charts[index + 7]?.visitors ?? 0)) / 2;
      expect(charts[index]?.visitors).toBeGreaterThan(sameWeekday);
    }
  });

  it.each([
    [{ text: 'x' }, 'date must be a day such as 2026-11-01'],
    [{ date: '2026-02-30', text: 'x' }, 'date must be a day such as 2026-11-01'],
    [{ date: '2026-11-01T00:00:00Z', text: 'x' }, 'date must be a day such as 2026-11-01'],
    [{ date: '2026-11-01' }, 'text must be a text of 1 to 500 characters'],
    [{ date: '2026-11-01', text: 'x'.repeat(501) }, 'text must be a text of 1 to 500 characters'],
  ])('refuse %j', async (body, error) => {
    const answer = await callerOf(createApp()).post(annotations).send(body);
    expect([answer.status, answer.body]).toEqual([400, { error }]);
  });

  it('have a maximum number on a site', async () => {
    const caller = callerOf(createApp());
    for (let count = (await caller.get(annotations)).body.data.length; count < annotationsPerSiteMax; count += 1)
      expect((await caller.post(annotations).send(wanted)).status).toBe(201);
    expect((await caller.post(annotations).send(wanted)).status).toBe(400);
  });

  it('are kept for a maximum of sites, and forgotten on the one that was changed longest ago', async () => {
    const caller = callerOf(createApp());
    const countOn = async (siteId: string): Promise<number> =>
      (await caller.get(`${sitesPath}/${siteId}/annotations`)).body.data.length;
    const untouched = await countOn('first');
    for (const siteId of ['first', 'second']) await caller.post(`${sitesPath}/${siteId}/annotations`).send(wanted);
    await caller.post(`${sitesPath}/first/annotations`).send(wanted);
    for (let index = 0; index < changedSitesMax - 2; index += 1)
      await caller.post(`${sitesPath}/site_${index}/annotations`).send(wanted);
    expect(await countOn('second')).toBe(untouched + 1);
    await caller.post(`${sitesPath}/one-more/annotations`).send(wanted);
    expect(await countOn('second')).toBe(untouched);
    expect(await countOn('first')).toBe(untouched + 2);
  });
});

import { describe, expect, it } from '@jest/globals';
import { callerOf, createApp, sitePath, sitesPath } from './harness.ts';

describe('goals', () => {
  it('are listed, and each answers alone as in the list', async () => {
    const caller = callerOf(createApp());
    const { data } = (await caller.get(`${sitePath}/goals`)).body;
    expect(data.length).toBeGreaterThan(1);
    for (const goal of data) {
      expect(goal).toMatchObject({ archived_at: null, name: expect.stringMatching(/./) });
      expect((await caller.get(`${sitePath}/goals/${goal.id}`)).body).toEqual(goal);
    }
    for (const below of ['', '/stats', '/completions'])
      expect((await caller.get(`${sitePath}/goals/goal_99${below}`)).status).toBe(404);
  });

  it('have stats, and exactly as many completions as the stats count', async () => {
    const caller = callerOf(createApp());
    const stats = (await caller.get(`${sitePath}/goals/goal_2/stats?period=7d`)).body;
    expect(stats).toMatchObject({ goal_id: 'goal_2', period: '7d', from: '2026-03-08', to: '2026-03-14' });
    const { completions, conversion_rate, value } = stats.data;
    expect(completions).toBeGreaterThan(0);
    expect(value).toBe(15 * completions);
    const { visitors } = (await caller.get(`${sitePath}/analytics/stats?period=7d`)).body.data;
    expect(conversion_rate).toBeCloseTo(completions / visitors, 4);

    const list = (await caller.get(`${sitePath}/goals/goal_2/completions?period=7d&limit=1000`)).body;
    expect(list).toMatchObject({ page: 1, limit: 1000, total: completions });
    expect(list.data).toHaveLength(Math.min(1000, completions));
    expect(new Set(list.data.map(({ visitor_id }: { visitor_id: string }) => visitor_id)).size).toBe(list.data.length);
    const times = list.data.map(({ completed_at }: { completed_at: string }) => completed_at);
    expect(times).toEqual(times.toSorted().toReversed());
  });

  it('are completed by visitors whose timelines end with them', async () => {
    const caller = callerOf(createApp());
    const { data } = (await caller.get(`${sitePath}/goals/goal_1/completions?limit=10`)).body;
    for (const { visitor_id, completed_at } of data) {
      const timeline = (await caller.get(`${sitePath}/visitors/${visitor_id}/timeline`)).body;
      expect(timeline.data).toContainEqual(
        expect.objectContaining({ type: 'goal', goal_id: 'goal_1', at: completed_at }),
      );
    }
  });

  it('keep the completions of a morning in the evening', async () => {
    const at = async (hour: number) => {
      const app = createApp({ now: () => Date.UTC(2026, 2, 14, hour) });
      return (await callerOf(app).get(`${sitePath}/goals/goal_1/completions?period=7d&limit=1000`)).body.data;
    };
    const [morning, evening] = [await at(9), await at(23)];
    expect(evening.length).toBeGreaterThan(morning.length);
    expect(evening.slice(evening.length - morning.length)).toEqual(morning);
  });

  it('change by PATCH: the named members, and no others', async () => {
    const caller = callerOf(createApp());
    const before = (await caller.get(`${sitePath}/goals/goal_1`)).body;
    const answer = await caller.patch(`${sitePath}/goals/goal_1`).send({ name: ' Joined ', id: 'goal_9', unknown: 1 });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ ...before, name: 'Joined' });
    expect((await caller.get(`${sitePath}/goals/goal_1`)).body).toEqual(answer.body);
    expect((await caller.patch(`${sitePath}/goals/goal_1`).send({ value: 7 })).body).toEqual({
      ...answer.body,
      value: 7,
    });
    expect((await caller.patch(`${sitePath}/goals/goal_99`).send({ name: 'x' })).status).toBe(404);
  });

  it.each([
    [{ name: '' }, 'name must be a text of 1 to 100 characters'],
    [{ name: 7 }, 'name must be a text of 1 to 100 characters'],
    [{ event: 'x'.repeat(101) }, 'event must be a text of 1 to 100 characters'],
    [{ value: -1 }, 'value must be a whole number from 0 to 1000000'],
    [{ value: '1' }, 'value must be a whole number from 0 to 1000000'],
    [[], 'The body must be a JSON object sent as application/json'],
  ])('refuse %j', async (body, error) => {
    const caller = callerOf(createApp());
    const before = (await caller.get(`${sitePath}/goals/goal_1`)).body;
    const answer = await caller.patch(`${sitePath}/goals/goal_1`).send(body);
    expect([answer.status, answer.body]).toEqual([400, { error }]);
    expect((await caller.get(`${sitePath}/goals/goal_1`)).body).toEqual(before);
  });

  it('are archived and unarchived, also repeatedly', async () => {
    let clockMs = Date.UTC(2026, 2, 14, 12);
    const caller = callerOf(createApp({ now: () => clockMs }));
    const archive = () => caller.post(`${sitePath}/goals/goal_3/archive`);
    expect((await archive()).body).toMatchObject({ id: 'goal_3', archived_at: '2026-03-14T12:00:00Z' });
    clockMs += 60_000;
    expect((await archive()).body.archived_at).toBe('2026-03-14T12:00:00Z');
    expect((await caller.get(`${sitePath}/goals/goal_3`)).body.archived_at).toBe('2026-03-14T12:00:00Z');
    for (let turn = 0; turn < 2; turn += 1) {
      const { status, body } = await caller.post(`${sitePath}/goals/goal_3/unarchive`);
      expect([status, body.archived_at]).toEqual([200, null]);
    }
    expect((await caller.post(`${sitePath}/goals/goal_99/archive`)).status).toBe(404);
    expect((await caller.post(`${sitePath}/goals/goal_99/unarchive`)).status).toBe(404);
  });

  it('change on one site of one organization only', async () => {
    const app = createApp();
    const elsewhere = ['org_b', 'org_a'].map((organizationId, index) => ({
      caller: callerOf(app, organizationId),
      path: `${sitesPath.replace('org_a', organizationId)}/site_${1 + index}/goals/goal_1`,
    }));
    const before = await Promise.all(elsewhere.map(async ({ caller, path }) => (await caller.get(path)).body));
    await callerOf(app).patch(`${sitePath}/goals/goal_1`).send({ name: 'Changed' });
    const after = await Promise.all(elsewhere.map(async ({ caller, path }) => (await caller.get(path)).body));
    expect(after).toEqual(before);
  });
});

import { describe, expect, it } from '@jest/globals';
import { funnelsPerSiteMax } from '../src/routes/funnels.ts';
import { callerOf, createApp, sitePath } from './harness.ts';

const funnels = `${sitePath}/funnels`;
const wanted = { name: 'Trial', steps: [{ path: '/' }, { path: '/pricing' }, { path: '/thanks' }] };

describe('funnels', () => {
  it('are created, listed, read, replaced and deleted', async () => {
    const caller = callerOf(createApp());
    const before = (await caller.get(funnels)).body.data;
    const made = await caller.post(funnels).send({ ...wanted, id: 'funnel_1', colour: 'red' });
    expect(made.status).toBe(201);
    expect(made.body).toEqual({ id: 'funnel_3', ...wanted, created_at: '2026-03-14T12:00:18Z' });
    expect(made.headers.location).toBe(`${funnels}/funnel_3`);
    expect((await caller.get(made.headers.location ?? '')).body).toEqual(made.body);
    expect((await caller.get(funnels)).body.data).toEqual([...before, made.body]);

    const replaced = await caller.put(`${funnels}/funnel_3`).send({ name: 'Other', steps: [{ path: '/docs' }] });
    expect([replaced.status, replaced.body]).toEqual([
      200,
      { ...made.body, name: 'Other', steps: [{ path: '/docs' }] },
    ]);
    const deleted = await caller.delete(`${funnels}/funnel_3`);
    expect([deleted.status, deleted.text]).toEqual([204, '']);
    expect((await caller.get(funnels)).body.data).toEqual(before);
    expect((await caller.delete(`${funnels}/funnel_3`)).status).toBe(404);
    expect((await caller.put(`${funnels}/funnel_3`).send(wanted)).status).toBe(404);
    expect((await caller.get(`${funnels}/funnel_3`)).status).toBe(404);
    expect((await caller.post(funnels).send(wanted)).body.id).toBe('funnel_4');
  });

  it('are analysed: fewer at every step, and rates that follow from the counts', async () => {
    const caller = callerOf(createApp());
    await caller.post(funnels).send(wanted);
    for (const id of ['funnel_1', 'funnel_2', 'funnel_3']) {
      const { status, body } = await caller.get(`${funnels}/${id}/analysis?period=90d`);
      expect(status).toBe(200);
      expect(body).toMatchObject({ funnel_id: id, period: '90d', to: '2026-03-14' });
      const { entered, completed, conversion_rate, steps } = body.data;
      expect(steps[0].visitors).toBe(entered);
      expect(steps.at(-1).visitors).toBe(completed);
      expect(conversion_rate).toBeCloseTo(completed / entered, 4);
      for (let index = 1; index < steps.length; index += 1) {
        expect(steps[index].visitors).toBeLessThan(steps[index - 1].visitors);
        expect(steps[index].dropped).toBe(steps[index - 1].visitors - steps[index].visitors);
      }
    }
    expect((await caller.get(`${funnels}/funnel_1/analysis?period=2d`)).status).toBe(400);
    expect((await caller.get(`${funnels}/funnel_9/analysis`)).status).toBe(404);
  });

  it.each([
    [{ steps: wanted.steps }, 'name must be a text of 1 to 100 characters'],
    [{ ...wanted, name: '   ' }, 'name must be a text of 1 to 100 characters'],
    [{ name: 'x' }, 'steps must be a list of 1 to 10 objects, each with a path'],
    [{ name: 'x', steps: [] }, 'steps must be a list of 1 to 10 objects, each with a path'],
    [{ name: 'x', steps: ['/'] }, 'steps must be a list of 1 to 10 objects, each with a path'],
    [
      { name: 'x', steps: Array.from({ length: 11 }, () => ({ path: '/' })) },
      'steps must be a list of 1 to 10 objects, each with a path',
    ],
    [
      { name: 'x', steps: [{ path: 'pricing' }] },
      'The path of a step must be a path of at most 256 characters that starts with /',
    ],
  ])('refuse %j', async (body, error) => {
    const caller = callerOf(createApp());
    const before = (await caller.get(funnels)).body;
    for (const answer of [await caller.post(funnels).send(body), await caller.put(`${funnels}/funnel_1`).send(body)])
      expect([answer.status, answer.body]).toEqual([400, { error }]);
    expect((await caller.get(funnels)).body).toEqual(before);
  });

  it('have a maximum number on a site', async () => {
    const caller = callerOf(createApp());
    for (let count = (await caller.get(funnels)).body.data.length; count < funnelsPerSiteMax; count += 1)
      expect((await caller.post(funnels).send(wanted)).status).toBe(201);
    const refused = await caller.post(funnels).send(wanted);
    expect([refused.status, refused.body]).toEqual([400, { error: 'A site has at most 50 funnels; delete one first' }]);
    await caller.delete(`${funnels}/funnel_1`);
    expect((await caller.post(funnels).send(wanted)).status).toBe(201);
  });
});

describe('request bodies', () => {
  it('may have 64 KiB and not a byte more', async () => {
    const caller = callerOf(createApp());
    const bodyOf = (bytes: number): string => {
      const text = JSON.stringify({ ...wanted, note: '' });
      return text.replace('"note":""', `"note":"${'x'.repeat(bytes - text.length)}"`);
    };
    const send = (body: string) => caller.post(funnels).set('Content-Type', 'application/json').send(body);
    expect((await send(bodyOf(65_536))).status).toBe(201);
    const refused = await send(bodyOf(65_537));
    expect([refused.status, refused.text]).toEqual([413, '{"error":"Payload too large"}']);
  });

  it.each(['{"name":', '{', 'name=x', '"text"', ''])(
    'are refused when they are not a JSON object: %j',
    async (body) => {
      const answer = await callerOf(createApp()).post(funnels).set('Content-Type', 'application/json').send(body);
      expect(answer.status).toBe(400);
      expect(Object.keys(answer.body)).toEqual(['error']);
    },
  );

  it('are refused with any content type but JSON', async () => {
    const answer = await callerOf(createApp()).post(funnels).type('form').send('name=x');
    expect([answer.status, answer.body.error]).toEqual([
      400,
      'The body must be a JSON object sent as application/json',
    ]);
  });
});

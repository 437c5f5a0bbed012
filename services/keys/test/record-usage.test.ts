import { randomUUID } from 'node:crypto';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { databaseKinds, internalToken, type KeysHarness, startKeys } from './harness.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** In the middle of the hour, so that no test runs into the next one. */
const nowMs = Math.floor(Date.now() / hourMs) * hourMs + 30 * minuteMs;
const at = (deltaMs: number): string => new Date(nowMs + deltaMs).toISOString();
const count = (options: Readonly<Record<string, unknown>> = {}) => ({
  organization_id: 'org_a',
  minute: at(0),
  route_class: 'analytics',
  succeeded: 1,
  client_errors: 0,
  limited: 0,
  server_errors: 0,
  last_used_at: at(1_000),
  ...options,
});

describe.each(databaseKinds)('POST /internal/usage on %s', (kind) => {
  let keys: KeysHarness;
  let owner: string;
  let keyId: string;
  let clockMs = nowMs;
  let gatewayId: string;
  beforeAll(async () => {
    keys = await startKeys(kind, () => clockMs);
    await keys.addUser('owner@example.test');
    await keys.addOrganization('org_a', 'startup', { 'owner@example.test': 'owner' });
    owner = await keys.logIn('owner@example.test');
  });
  afterAll(() => keys.stop());
  beforeEach(async () => {
    clockMs = nowMs;
    gatewayId = randomUUID();
    keyId = await create();
  });

  const base = '/api/v1/organizations/org_a/api-keys';
  const create = async (): Promise<string> => {
    const body = { name: 'x', scopes: ['sites:read'] };
    return (await keys.api().post(base).set('authorization', owner).send(body)).body.id;
  };
  const report = (number: number, counts: readonly Readonly<Record<string, unknown>>[]) =>
    keys.reportUsage({ gateway_id: gatewayId, number, counts: counts });
  const usage = async (id = keyId) => {
    const answer = await keys.api().get(`${base}/${id}/usage`).set('authorization', owner);
    return answer.body.data.filter(({ requests }: { requests: number }) => requests > 0);
  };
  const lastUse = async (id = keyId) =>
    (await keys.api().get(`${base}/${id}`).set('authorization', owner)).body.last_used_at;

  it('adds up what gateways count, by the hour and the route class, and keeps the last use', async () => {
    const answer = await report(1, [
      count({ key_id: keyId, succeeded: 5, limited: 2 }),
      count({ key_id: keyId, minute: at(minuteMs), client_errors: 1, last_used_at: at(minuteMs + 500) }),
      count({ key_id: keyId, route_class: 'standard', server_errors: 3, last_used_at: at(200) }),
      count({ key_id: keyId, minute: at(-2 * hourMs), last_used_at: at(-2 * hourMs) }),
    ]);
    expect([answer.status, answer.text]).toEqual([200, '{"stored":true}']);
    clockMs = nowMs + 2 * minuteMs;
    gatewayId = randomUUID();
    expect((await report(1, [count({ key_id: keyId, succeeded: 10 })])).status).toBe(200);
    expect(await usage()).toEqual([
      {
        start: at(-2 * hourMs - 30 * minuteMs),
        requests: 1,
        succeeded: 1,
        client_errors: 0,
        limited: 0,
        server_errors: 0,
        requests_by_route_class: { analytics: 1 },
      },
      {
        start: at(-30 * minuteMs),
        requests: 23,
        succeeded: 17,
        client_errors: 1,
        limited: 2,
        server_errors: 3,
        requests_by_route_class: { analytics: 19, standard: 4 },
      },
    ]);
  });

  it('keeps the latest use, in either order of two gateways’ reports', async () => {
    expect(await lastUse()).toBeNull();
    await report(1, [count({ key_id: keyId, last_used_at: at(-1_000) })]);
    gatewayId = randomUUID();
    await report(1, [count({ key_id: keyId, last_used_at: at(-5_000) })]);
    expect(await lastUse()).toBe(at(-1_000));
  });

  it('stores a report once, also when it comes many times over many connections', async () => {
    const counts = [count({ key_id: keyId, succeeded: 7 })];
    const answers = await Promise.all(Array.from({ length: 5 }, () => report(1, counts)));
    answers.push(await report(1, counts), await report(2, counts), await report(1, counts), await report(2, counts));
    // A report that waited too long for a connection is refused; a gateway would send it again.
    for (const { status } of answers) expect([200, 503]).toContain(status);
    expect(await usage()).toMatchObject([{ succeeded: 14 }]);
  });

  it('takes reports of many gateways about the same keys at once', async () => {
    const ids = await Promise.all([create(), create(), create()]);
    await Promise.all(
      [1, 2, 3, 4, 5, 6].map(async (gateway) => {
        const order = gateway % 2 === 0 ? ids : [...ids].reverse();
        const counts = order.map((id) => count({ key_id: id }));
        const one = { gateway_id: randomUUID(), number: 1, counts: counts };
        await waitFor(async () => (await keys.reportUsage(one)).status === 200, {
          deadlineMs: 10_000,
          what: 'a report to be stored',
        });
      }),
    );
    for (const id of ids) expect(await usage(id)).toMatchObject([{ succeeded: 6 }]);
  });

  it('puts counts of a fast clock’s future into this hour', async () => {
    await report(1, [count({ key_id: keyId, minute: at(hourMs), last_used_at: at(hourMs) })]);
    expect(await usage()).toMatchObject([{ start: at(-30 * minuteMs), requests: 1 }]);
    expect(await lastUse()).toBe(at(0));
  });

  it('counts nothing for an unknown key or one of another organization', async () => {
    await keys.addOrganization(`org_b${kind}`, 'startup', { 'owner@example.test': 'owner' });
    const answer = await report(1, [
      count({ key_id: 'key_unknown' }),
      count({ key_id: keyId, organization_id: `org_b${kind}` }),
    ]);
    expect(answer.status).toBe(200);
    expect([await usage(), await lastUse()]).toEqual([[], null]);
    const stored = await sql`SELECT key_id FROM api_key_usage WHERE organization_id <> 'org_a'`.execute(
      keys.databases.main,
    );
    expect(stored.rows).toEqual([]);
  });

  it('keeps 24 full hours and the current one, and removes older ones', async () => {
    for (const [number, hours] of [
      [1, 23],
      [2, 24],
      [3, 25],
    ] as const)
      await report(number, [count({ key_id: keyId, minute: at(-hours * hourMs), last_used_at: at(-hours * hourMs) })]);
    const kept = async () => {
      const { rows } = await sql<{ hour: Date }>`
        SELECT hour FROM api_key_usage WHERE key_id = ${keyId} ORDER BY hour`.execute(keys.databases.main);
      return rows.map(({ hour }) => (hour.getTime() - nowMs + 30 * minuteMs) / hourMs);
    };
    expect(await kept()).toEqual([-24, -23]);
    // The last use stays, although its hour is no longer kept.
    expect(await lastUse()).toBe(at(-23 * hourMs));
    clockMs = nowMs + hourMs;
    const otherId = await create();
    expect((await report(4, [count({ key_id: otherId, minute: at(hourMs) })])).status).toBe(200);
    expect(await kept()).toEqual([-23]);
  });

  it('is stored for a revoked key, too: its last requests came before', async () => {
    await keys.api().delete(`${base}/${keyId}`).set('authorization', owner);
    expect((await report(1, [count({ key_id: keyId, succeeded: 4 })])).status).toBe(200);
    const answer = await keys.api().get('/api/v1/organizations/org_a/api-key-usage').set('authorization', owner);
    expect(answer.body.data).toContainEqual(expect.objectContaining({ key_id: keyId, requests: 4 }));
  });

  it('answers only to the internal token, and to no method but POST', async () => {
    for (const authorization of ['', `Bearer ${internalToken}x`, owner]) {
      const answer = await keys
        .internal()
        .post('/internal/usage')
        .set('authorization', authorization)
        .send({ gateway_id: gatewayId, number: 1, counts: [count({ key_id: keyId })] });
      expect([answer.status, answer.text]).toEqual([401, '{"error":"Invalid internal token"}']);
    }
    const other = await keys.internal().get('/internal/usage').set('authorization', `Bearer ${internalToken}`);
    expect([other.status, other.headers.allow]).toEqual([405, 'POST']);
    expect((await keys.api().post('/internal/usage').set('authorization', `Bearer ${internalToken}`)).status).toBe(404);
    expect(await usage()).toEqual([]);
  });

  it.each([
    ['no counts', [], 'counts'],
    ['more counts than a report may have', Array.from({ length: 1_001 }, () => count({ key_id: 'key_a' })), 'counts'],
    ['a negative count', [count({ key_id: 'key_a', limited: -1 })], 'counts.0.limited'],
    ['half a request', [count({ key_id: 'key_a', succeeded: 1.5 })], 'counts.0.succeeded'],
    ['a key in the place of its id', [count({ key_id: `et_live_${'0'.repeat(32)}` })], 'counts.0.key_id'],
    ['a minute that is none', [count({ key_id: 'key_a', minute: 'now' })], 'counts.0.minute'],
    ['a hash', [count({ key_id: 'key_a', key_hash: '0'.repeat(64) })], 'key_hash'],
  ])('refuses %s by name', async (_what, counts, field) => {
    const answer = await report(1, counts);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toContain(field);
  });

  it('takes a report as full as one can be', async () => {
    const counts = Array.from({ length: 1_000 }, (_, n) =>
      count({ key_id: keyId, minute: at(-n * minuteMs), route_class: 'a'.repeat(200) }),
    );
    expect((await report(1, counts)).status).toBe(200);
    const hours: readonly { requests: number }[] = await usage();
    expect(hours.reduce((sum, { requests }) => sum + requests, 0)).toBe(1_000);
  });
});

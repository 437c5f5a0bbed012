import { randomUUID } from 'node:crypto';
import { apiKeyUsageSchema } from '@engagetrack/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KeysHarness, startKeys } from './harness.ts';

const hourMs = 3_600_000;
/** In the middle of the hour, so that no test runs into the next one. */
const nowMs = Math.floor(Date.now() / hourMs) * hourMs + hourMs / 2;
const at = (deltaMs: number): string => new Date(nowMs + deltaMs).toISOString();
const hourAt = (hoursAgo: number): string => at(-hourMs / 2 - hoursAgo * hourMs);

describe('GET /organizations/{orgId}/api-keys/{keyId}/usage', () => {
  let keys: KeysHarness;
  let owner: string;
  let path: string;
  beforeAll(async () => {
    keys = await startKeys(undefined, () => nowMs);
    for (const name of ['owner', 'member', 'other']) await keys.addUser(`${name}@example.test`);
    await keys.addOrganization('org_a', 'startup', { 'owner@example.test': 'owner', 'member@example.test': 'member' });
    await keys.addOrganization('org_b', 'startup', { 'other@example.test': 'owner' });
    owner = await keys.logIn('owner@example.test');
    path = await create('used');
    const [keyId] = path.split('/').slice(-2);
    const counts = [0, 1, 24].map((hours) => ({
      organization_id: 'org_a',
      key_id: keyId,
      minute: hourAt(hours),
      route_class: 'analytics',
      succeeded: 100 + hours,
      client_errors: 3,
      limited: 2,
      server_errors: 1,
      last_used_at: hourAt(hours),
    }));
    const answer = await keys.reportUsage({ gateway_id: randomUUID(), number: 1, counts });
    expect(answer.status).toBe(200);
  });
  afterAll(() => keys.stop());

  const get = (target: string, authorization = owner) => keys.api().get(target).set('authorization', authorization);
  const create = async (name: string): Promise<string> => {
    const base = '/api/v1/organizations/org_a/api-keys';
    const body = { name, scopes: ['sites:read'] };
    return `${base}/${(await keys.api().post(base).set('authorization', owner).send(body)).body.id}/usage`;
  };

  it('shows the last day hour by hour, hours without a request included, to every member', async () => {
    const answer = await get(path, await keys.logIn('member@example.test'));
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store']);
    const { data, ...span } = apiKeyUsageSchema.parse(answer.body);
    expect(span).toEqual({ from: hourAt(23), to: hourAt(-1), bucket: 'hour' });
    expect(data.map(({ start }) => start)).toEqual(Array.from({ length: 24 }, (_, n) => hourAt(23 - n)));
    expect(data.at(-1)).toEqual({
      start: hourAt(0),
      requests: 106,
      succeeded: 100,
      client_errors: 3,
      limited: 2,
      server_errors: 1,
      requests_by_route_class: { analytics: 106 },
    });
    expect(data.map(({ requests }) => requests)).toEqual([...Array.from({ length: 22 }, () => 0), 107, 106]);
  });

  it('shows the hours that were asked for', async () => {
    const query = new URLSearchParams({ from: hourAt(24), to: hourAt(22), bucket: 'hour' });
    const { data, from, to } = apiKeyUsageSchema.parse((await get(`${path}?${query}`)).body);
    expect([from, to]).toEqual([hourAt(24), hourAt(22)]);
    expect(data.map(({ succeeded }) => succeeded)).toEqual([124, 0]);
  });

  it('shows nothing but zeros for an unused key', async () => {
    const { data } = apiKeyUsageSchema.parse((await get(await create('unused'))).body);
    expect(data).toHaveLength(24);
    expect(data.every(({ requests }) => requests === 0)).toBe(true);
  });

  it.each([
    ['from=yesterday', /^from must be a date and time/],
    [`from=${encodeURIComponent(hourAt(25))}`, /^from must be within the last 24 hours$/],
    [`to=${encodeURIComponent(at(hourMs))}`, /^to must not be later than the current hour$/],
    [`from=${encodeURIComponent(hourAt(2))}&to=${encodeURIComponent(hourAt(3))}`, /^from must be before to$/],
    ['bucket=minute', /^bucket must be hour$/],
    ['bucket=hour&bucket=hour', /^bucket must be hour$/],
    ['from[]=a', undefined],
  ])('answers ?%s with one sentence that names the parameter', async (query, sentence) => {
    const answer = await get(`${path}?${query}`);
    // Parameters of other names are ignored.
    if (sentence === undefined) expect(answer.status).toBe(200);
    else {
      expect(answer.status).toBe(400);
      expect(answer.body.error).toMatch(sentence);
    }
  });

  it('answers 404 for non-members and unknown keys, as for the key itself', async () => {
    const other = await keys.logIn('other@example.test');
    const revoked = await create('revoked');
    await keys.api().delete(revoked.replace('/usage', '')).set('authorization', owner);
    for (const [target, authorization] of [
      [path, other],
      [path.replace('org_a', 'org_b'), other],
      [revoked, owner],
      [path.replace(/key_\w+/, 'key_unknown'), owner],
      [path.replace(/key_\w+/, '..%2f..'), owner],
    ] as const) {
      const answer = await get(target, authorization);
      expect([target, answer.status, answer.text]).toEqual([target, 404, '{"error":"Not found"}']);
    }
    // The 404 comes before any complaint about parameters.
    expect((await get(`${path}?bucket=x`, other)).status).toBe(404);
  });

  it('answers 401 without a session, and has no other method', async () => {
    expect((await keys.api().get(path)).text).toBe('{"error":"Invalid or expired session"}');
    const answer = await keys.api().delete(path).set('authorization', owner);
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD']);
  });
});

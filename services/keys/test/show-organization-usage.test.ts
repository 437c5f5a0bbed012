import { randomUUID } from 'node:crypto';
import { organizationUsageSchema } from '@engagetrack/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { type KeysHarness, startKeys } from './harness.ts';

const hourMs = 3_600_000;
/** In the middle of the hour, so that no test runs into the next one. */
const nowMs = Math.floor(Date.now() / hourMs) * hourMs + hourMs / 2;
const hourAt = (hoursAgo: number): string => new Date(nowMs - hourMs / 2 - hoursAgo * hourMs).toISOString();
const zeros = (length: number) => Array.from({ length }, () => 0);

describe('GET /organizations/{orgId}/api-key-usage', () => {
  let keys: KeysHarness;
  let owner: string;
  let number = 0;
  const gatewayId = randomUUID();
  beforeAll(async () => {
    keys = await startKeys(undefined, () => nowMs);
    for (const name of ['owner', 'member', 'other']) await keys.addUser(`${name}@example.test`);
    await keys.addOrganization('org_a', 'startup', { 'owner@example.test': 'owner', 'member@example.test': 'member' });
    await keys.addOrganization('org_b', 'startup', { 'other@example.test': 'owner' });
    owner = await keys.logIn('owner@example.test');
  });
  afterAll(() => keys.stop());

  const path = '/api/v1/organizations/org_a/api-key-usage';
  const get = (target = path, authorization = owner) => keys.api().get(target).set('authorization', authorization);
  const create = async (): Promise<string> => {
    const body = { name: 'x', scopes: ['sites:read'] };
    return (await keys.api().post('/api/v1/organizations/org_a/api-keys').set('authorization', owner).send(body)).body
      .id;
  };
  const use = async (keyId: string, hoursAgo: number, counts: Readonly<Record<string, unknown>>) => {
    number += 1;
    const common = {
      organization_id: 'org_a',
      key_id: keyId,
      minute: hourAt(hoursAgo),
      last_used_at: hourAt(hoursAgo),
    };
    const none = { succeeded: 0, client_errors: 0, limited: 0, server_errors: 0 };
    const report = {
      gateway_id: gatewayId,
      number,
      counts: [{ ...common, route_class: 'analytics', ...none, ...counts }],
    };
    expect((await keys.reportUsage(report)).status).toBe(200);
  };

  it('shows the last day of every key that was used in it, in one answer', async () => {
    expect((await get()).body).toEqual({ from: hourAt(23), to: hourAt(-1), bucket: 'hour', data: [] });
    const [busy, quiet, idle, old] = [await create(), await create(), await create(), await create()];
    await use(busy, 0, { succeeded: 1_000, limited: 3 });
    await use(busy, 0, { route_class: 'standard', client_errors: 200 });
    await use(busy, 23, { server_errors: 1 });
    await use(quiet, 5, { succeeded: 1 });
    await use(old, 24, { succeeded: 50 });
    const answer = await get(path, await keys.logIn('member@example.test'));
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store']);
    const { data, ...span } = organizationUsageSchema.parse(answer.body);
    expect(span).toEqual({ from: hourAt(23), to: hourAt(-1), bucket: 'hour' });
    expect([...data].sort((a, b) => b.requests - a.requests)).toEqual([
      { key_id: busy, requests: 1_204, limited: 3, requests_by_bucket: [1, ...zeros(22), 1_203] },
      { key_id: quiet, requests: 1, limited: 0, requests_by_bucket: [...zeros(18), 1, ...zeros(5)] },
    ]);
    expect(answer.text).not.toContain(idle);
  });

  it('comes within the database’s deadline for as many keys as an organization can have', async () => {
    await keys.addOrganization('org_many', 'agency', { 'owner@example.test': 'owner' });
    await sql`
      INSERT INTO api_key_usage
        (organization_id, key_id, hour, route_class, succeeded, client_errors, limited, server_errors)
      SELECT 'org_many', 'key_many' || k, ${hourAt(0)}::timestamptz - h * interval '1 hour', c, k, 1, 1, 1
      FROM generate_series(1, 1000) AS k, generate_series(0, 24) AS h, unnest(ARRAY['analytics', 'standard']) AS c
    `.execute(keys.databases.main);
    const { data } = organizationUsageSchema.parse((await get('/api/v1/organizations/org_many/api-key-usage')).body);
    expect(data).toHaveLength(1_000);
    expect(data.find(({ key_id: id }) => id === 'key_many7')).toMatchObject({ requests: 24 * 2 * 10, limited: 48 });
  });

  it('is for members only, and has no other method', async () => {
    expect((await get(path, await keys.logIn('other@example.test'))).text).toBe('{"error":"Not found"}');
    expect((await get('/api/v1/organizations/org_unknown/api-key-usage')).status).toBe(404);
    expect((await keys.api().get(path)).text).toBe('{"error":"Invalid or expired session"}');
    const answer = await keys.api().post(path).set('authorization', owner);
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD']);
  });
});

import { apiKeyRecordListSchema } from '@engagetrack/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { type KeysHarness, startKeys } from './harness.ts';

describe('GET /organizations/{orgId}/api-keys', () => {
  let keys: KeysHarness;
  let owner: string;
  let member: string;
  let other: string;
  beforeAll(async () => {
    keys = await startKeys();
    for (const name of ['owner', 'member', 'other']) await keys.addUser(`${name}@example.test`);
    await keys.addOrganization('org_a', 'startup', { 'owner@example.test': 'owner', 'member@example.test': 'member' });
    await keys.addOrganization('org_b', 'startup', { 'other@example.test': 'owner' });
    owner = await keys.logIn('owner@example.test');
    member = await keys.logIn('member@example.test');
    other = await keys.logIn('other@example.test');
  });
  afterAll(() => keys.stop());
  beforeEach(() => sql`DELETE FROM api_keys`.execute(keys.databases.main));

  const base = '/api/v1/organizations/org_a/api-keys';
  const get = (path: string, authorization = owner) => keys.api().get(path).set('authorization', authorization);
  const create = async (name: string, expiresAt?: string) => {
    const body = { name, scopes: ['sites:read'], expires_at: expiresAt ?? null };
    return (await keys.api().post(base).set('authorization', owner).send(body)).body;
  };

  it('lists every active key newest first, with everything but the key', async () => {
    const first = await create('first');
    const second = await create('second', '2040-01-01T00:00:00Z');
    const answer = await get(base, member);
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body).toEqual({
      data: [second, first].map(({ key: _key, ...shown }) => ({ ...shown, last_used_at: null })),
      next_cursor: null,
    });
    expect(answer.text).not.toContain(first.key);
  });

  it('leaves out revoked and expired keys', async () => {
    const [kept, revoked, expired] = [
      await create('kept'),
      await create('revoked'),
      await create('expired', '2040-01-01T00:00:00Z'),
    ];
    await keys.api().delete(`${base}/${revoked.id}`).set('authorization', owner);
    await sql`UPDATE api_keys SET expires_at = now() WHERE id = ${expired.id}`.execute(keys.databases.main);
    expect((await get(base)).body.data.map(({ id }: { id: string }) => id)).toEqual([kept.id]);
    for (const { id } of [revoked, expired]) expect((await get(`${base}/${id}`)).status).toBe(404);
  });

  it('comes in pages that miss and repeat nothing, keys of the same instant included', async () => {
    await sql`
      INSERT INTO api_keys (id, organization_id, name, key_hash, last_four, scopes, created_by, created_at)
      SELECT 'key_page' || n, 'org_a', 'n', encode(sha256(n::text::bytea), 'hex'), '0000', ARRAY['sites:read'], id,
             timestamptz '2026-03-14T12:00:00Z' + (n / 3) * interval '1 millisecond'
      FROM generate_series(1, 23) AS n, users WHERE email = 'owner@example.test'
    `.execute(keys.databases.main);
    const all = (await get(base)).body.data.map(({ id }: { id: string }) => id);
    const paged: string[] = [];
    let cursor = '';
    do {
      const page = (await get(`${base}?limit=5${cursor}`)).body;
      paged.push(...page.data.map(({ id }: { id: string }) => id));
      cursor = page.next_cursor === null ? '' : `&cursor=${page.next_cursor}`;
    } while (cursor !== '');
    expect(all).toHaveLength(23);
    expect(paged).toEqual(all);
  });

  it('lists keys by status, with their creators and the times of revocations', async () => {
    const [kept, revoked, expired, longGone] = [
      await create('kept'),
      await create('revoked'),
      await create('expired', '2040-01-01T00:00:00Z'),
      await create('long gone'),
    ];
    for (const { id } of [revoked, longGone]) await keys.api().delete(`${base}/${id}`).set('authorization', owner);
    await sql`UPDATE api_keys SET expires_at = now() WHERE id = ${expired.id}`.execute(keys.databases.main);
    await sql`UPDATE api_keys SET revoked_at = now() - interval '91 days' WHERE id = ${longGone.id}`.execute(
      keys.databases.main,
    );
    const listed = async (status: string) =>
      apiKeyRecordListSchema
        .parse((await get(`${base}?status=${status}`, member)).body)
        .data.map((key) => [key.name, key.created_by.name, key.revoked_at]);
    expect(await listed('active')).toEqual([['kept', 'Some One', null]]);
    expect(await listed('expired')).toEqual([['expired', 'Some One', null]]);
    expect(await listed('revoked')).toEqual([['revoked', 'Some One', expect.stringMatching(/Z$/)]]);
    const { key: _key, ...shown } = kept;
    const [record] = (await get(`${base}?status=active`)).body.data;
    expect(record).toMatchObject({ ...shown, last_used_at: null });
  });

  it('lists revoked keys in pages, of which there may be any number', async () => {
    await sql`
      INSERT INTO api_keys
        (id, organization_id, name, key_hash, last_four, scopes, created_by, created_at, revoked_at)
      SELECT 'key_gone' || n, 'org_a', 'n', encode(sha256(('gone' || n)::bytea), 'hex'), '0000', ARRAY['sites:read'],
             id, timestamptz '2026-03-14T12:00:00Z' + n * interval '1 second', now()
      FROM generate_series(1, 203) AS n, users WHERE email = 'owner@example.test'
    `.execute(keys.databases.main);
    const first = (await get(`${base}?status=revoked`)).body;
    expect([first.data.length, first.data[0].id]).toEqual([200, 'key_gone203']);
    const rest = (await get(`${base}?status=revoked&cursor=${first.next_cursor}`)).body;
    expect(rest.data.map(({ id }: { id: string }) => id)).toEqual(['key_gone3', 'key_gone2', 'key_gone1']);
    expect(rest.next_cursor).toBeNull();
    expect((await get(base)).body.data).toEqual([]);
  });

  it.each(['status=all', 'status=', 'status=active&status=active', 'status=constructor'])(
    'refuses ?%s by name',
    async (query) => {
      const answer = await get(`${base}?${query}`);
      expect([answer.status, answer.body.error]).toEqual([400, 'status must be one of active, expired, revoked']);
    },
  );

  it.each(['limit=0', 'limit=201', 'limit=x', 'limit=1.5', 'limit=1&limit=2', 'cursor=x', 'cursor=', 'limit=-1'])(
    'refuses ?%s by name',
    async (query) => {
      const answer = await get(`${base}?${query}`);
      expect(answer.status).toBe(400);
      expect(answer.body.error).toMatch(/^(limit|cursor) must be /);
    },
  );

  it('shows one key, and none of another organization', async () => {
    const { key: _key, ...created } = await create('one');
    const answer = await get(`${base}/${created.id}`, member);
    expect([answer.status, answer.body]).toEqual([200, { ...created, last_used_at: null }]);
    expect((await get(`/api/v1/organizations/org_b/api-keys/${created.id}`, other)).status).toBe(404);
    expect((await get(`${base}/${created.id}`, other)).status).toBe(404);
    expect((await get(base, other)).status).toBe(404);
    expect((await get(`${base}/key_unknown`)).status).toBe(404);
    expect((await get(`${base}/..%2f..`)).status).toBe(404);
  });
});

import { hashApiKey, parseApiKey } from '@engagetrack/api-key';
import { scopes } from '@engagetrack/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { type KeysHarness, startKeys } from './harness.ts';

describe('POST /organizations/{orgId}/api-keys', () => {
  let keys: KeysHarness;
  const sessions: Record<string, string> = {};
  beforeAll(async () => {
    keys = await startKeys();
    for (const name of ['owner', 'admin', 'member', 'outsider']) await keys.addUser(`${name}@example.test`);
    const members = {
      'owner@example.test': 'owner',
      'admin@example.test': 'admin',
      'member@example.test': 'member',
    } as const;
    await keys.addOrganization('org_a', 'startup', members);
    await keys.addOrganization('org_maker', 'maker', members);
    for (const name of ['owner', 'admin', 'member', 'outsider'])
      sessions[name] = await keys.logIn(`${name}@example.test`);
  });
  afterAll(() => keys.stop());

  const create = (body: object, { as = 'owner', organization = 'org_a' } = {}) =>
    keys
      .api()
      .post(`/api/v1/organizations/${organization}/api-keys`)
      .set('authorization', sessions[as] ?? '')
      .send(body);
  const countKeys = async () => {
    const { rows } = await sql<{ count: number }>`SELECT count(*)::int AS count FROM api_keys`.execute(
      keys.databases.main,
    );
    return rows[0]?.count;
  };

  it('answers 201 with the key, this once', async () => {
    const answer = await create({ name: '  Warehouse  ', scopes: ['sites:read', 'analytics:read', 'sites:read'] });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^key_[a-z0-9]{24}$/),
      name: 'Warehouse',
      key: expect.stringMatching(/^et_live_[0-9a-f]{32}$/),
      preview: `et_live_...${answer.body.key.slice(-4)}`,
      scopes: ['analytics:read', 'sites:read'],
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      expires_at: null,
    });
    expect(answer.headers).toMatchObject({
      location: `/api/v1/organizations/org_a/api-keys/${answer.body.id}`,
      'cache-control': 'no-store',
    });
    const key = parseApiKey(answer.body.key);
    if (key === undefined) throw new Error('no key');
    const { body } = await keys.introspect(hashApiKey(key));
    expect(body).toMatchObject({ active: true, key: { id: answer.body.id, organization_id: 'org_a' } });
  });

  it('takes every scope, alone and together', async () => {
    for (const scope of scopes) expect((await create({ name: 'one', scopes: [scope] })).body.scopes).toEqual([scope]);
    expect((await create({ name: 'all', scopes: [...scopes].reverse() })).body.scopes).toEqual(scopes);
  });

  it('keeps an end as the same instant', async () => {
    const answer = await create({ name: 'ends', scopes: ['sites:read'], expires_at: '2040-02-29T14:00:00+02:00' });
    expect(answer.body.expires_at).toBe('2040-02-29T12:00:00.000Z');
  });

  it.each<[string, object, string]>([
    ['no name', { scopes: ['sites:read'] }, 'name must be a text'],
    ['a name of blanks', { name: '  ', scopes: ['sites:read'] }, 'name must be 1 to 100 visible'],
    ['a name of 101 characters', { name: 'x'.repeat(101), scopes: ['sites:read'] }, 'name must be 1 to 100 visible'],
    ['a line feed in a name', { name: 'a\nb', scopes: ['sites:read'] }, 'name must be 1 to 100 visible'],
    ['a NUL in a name', { name: 'a\u0000b', scopes: ['sites:read'] }, 'name must be 1 to 100 visible'],
    [
      'an override of the writing direction',
      { name: 'a\u202eb', scopes: ['sites:read'] },
      'name must be 1 to 100 visible',
    ],
    ['half a surrogate pair', { name: 'a\ud800', scopes: ['sites:read'] }, 'name must be 1 to 100 visible'],
    ['no scopes', { name: 'x' }, 'scopes must list at least one of'],
    ['empty scopes', { name: 'x', scopes: [] }, 'scopes must list at least one of'],
    ['an unknown scope', { name: 'x', scopes: ['sites:write'] }, 'scopes.0 must be one of'],
    ['a scope in capitals', { name: 'x', scopes: ['SITES:READ'] }, 'scopes.0 must be one of'],
    ['a prototype name as scope', { name: 'x', scopes: ['constructor'] }, 'scopes.0 must be one of'],
    ['scopes as text', { name: 'x', scopes: 'sites:read' }, 'scopes must list at least one of'],
    [
      'an end in the past',
      { name: 'x', scopes: ['sites:read'], expires_at: '2020-01-01T00:00:00Z' },
      'expires_at must be',
    ],
    [
      'an end without a zone',
      { name: 'x', scopes: ['sites:read'], expires_at: '2040-01-01T00:00:00' },
      'expires_at must be',
    ],
    [
      'an end without seconds',
      { name: 'x', scopes: ['sites:read'], expires_at: '2040-01-01T00:00Z' },
      'expires_at must be',
    ],
    [
      'a day that is none',
      { name: 'x', scopes: ['sites:read'], expires_at: '2041-02-29T00:00:00Z' },
      'expires_at must be',
    ],
    ['a number as end', { name: 'x', scopes: ['sites:read'], expires_at: 4e12 }, 'expires_at must be'],
    ['an unknown member', { name: 'x', scopes: ['sites:read'], role: 'owner' }, 'Unknown field: role'],
  ])('refuses %s with one sentence naming the field, and stores nothing', async (_what, body, sentence) => {
    const before = await countKeys();
    const answer = await create(body);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toContain(sentence);
    expect(Object.keys(answer.body)).toEqual(['error']);
    expect(await countKeys()).toBe(before);
  });

  it('takes a name of 100 characters of any script', async () => {
    for (const name of ['ü'.repeat(100), '数'.repeat(100), '👩‍🚀 crew', '<script>alert(1)</script>']) {
      const answer = await create({ name, scopes: ['sites:read'] });
      expect([answer.status, answer.body.name]).toEqual([201, name]);
    }
  });

  it('is for owners and admins: 403 for a member, 404 for a non-member, 401 without a session', async () => {
    const body = { name: 'x', scopes: ['sites:read'] };
    expect((await create(body, { as: 'admin' })).status).toBe(201);
    const member = await create(body, { as: 'member' });
    expect([member.status, member.body]).toEqual([
      403,
      { error: 'Your role in this organization does not allow this' },
    ]);
    const outsider = await create(body, { as: 'outsider' });
    const nowhere = await create(body, { as: 'outsider', organization: 'org_nowhere' });
    expect([outsider.status, outsider.text]).toEqual([404, '{"error":"Not found"}']);
    expect([nowhere.status, nowhere.text]).toEqual([404, '{"error":"Not found"}']);
    expect((await create(body, { as: 'nobody' })).status).toBe(401);
  });

  it('answers 402 on Maker, after 403 and before the body is looked at', async () => {
    const owner = await create({ nonsense: true }, { organization: 'org_maker' });
    expect([owner.status, owner.text]).toEqual([402, '{"error":"API key access requires a Startup plan or higher"}']);
    expect((await create({}, { as: 'member', organization: 'org_maker' })).status).toBe(403);
  });

  it('stores the hash and the last four characters, and nothing else of the key', async () => {
    const { body } = await create({ name: 'stored', scopes: ['sites:read'] });
    const { rows } = await sql`SELECT * FROM api_keys`.execute(keys.databases.main);
    const stored = JSON.stringify(rows);
    const key = parseApiKey(body.key);
    if (key === undefined) throw new Error('no key');
    expect(stored).toContain(hashApiKey(key));
    expect(stored).not.toContain(body.key.slice('et_live_'.length));
    const printed = keys.logLines.join('') + (await keys.registry.metrics());
    expect(printed).not.toContain(body.key);
    expect(printed).not.toContain(hashApiKey(key));
  });

  it('stops at a thousand active keys, for concurrent creations too', async () => {
    await keys.addOrganization('org_full', 'agency', { 'owner@example.test': 'owner' });
    await sql`
      INSERT INTO api_keys (id, organization_id, name, key_hash, last_four, scopes, created_by)
      SELECT 'key_full' || n, 'org_full', 'n', encode(sha256(n::text::bytea), 'hex'), '0000', ARRAY['sites:read'], id
      FROM generate_series(1, 998) AS n, users WHERE email = 'owner@example.test'
    `.execute(keys.databases.main);
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => create({ name: 'x', scopes: ['sites:read'] }, { organization: 'org_full' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 400, 400]);
  });
});

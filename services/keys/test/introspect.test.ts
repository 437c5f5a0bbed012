import { hashApiKey, parseApiKey } from '@engagetrack/api-key';
import { introspectionSchema } from '@engagetrack/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { internalToken, type KeysHarness, startKeys } from './harness.ts';

describe('POST /internal/introspect', () => {
  let keys: KeysHarness;
  let hash: string;
  let keyId: string;
  beforeAll(async () => {
    keys = await startKeys();
    await keys.addUser('owner@example.test');
    await keys.addOrganization('org_a', 'startup', { 'owner@example.test': 'owner' });
    const created = await keys
      .api()
      .post('/api/v1/organizations/org_a/api-keys')
      .set('authorization', await keys.logIn('owner@example.test'))
      .send({ name: 'x', scopes: ['sites:read', 'goals:read'], expires_at: '2040-01-01T00:00:00Z' });
    const key = parseApiKey(created.body.key);
    if (key === undefined) throw new Error('no key');
    hash = hashApiKey(key);
    keyId = created.body.id;
  });
  afterAll(() => keys.stop());

  it('tells a gateway the facts that it needs to judge a request', async () => {
    const answer = await keys.introspect(hash);
    expect(answer.status).toBe(200);
    expect(introspectionSchema.parse(answer.body)).toEqual({
      active: true,
      key: {
        id: keyId,
        organization_id: 'org_a',
        scopes: ['sites:read', 'goals:read'],
        expires_at: '2040-01-01T00:00:00.000Z',
      },
      organization: { plan: 'startup', epoch: 1 },
      as_of: expect.stringMatching(/Z$/),
    });
  });

  it('says no more than inactive about an unknown and an expired key', async () => {
    const unknown = await keys.introspect('0'.repeat(64));
    expect([unknown.status, unknown.body]).toEqual([200, { active: false }]);
    await sql`UPDATE api_keys SET expires_at = now()`.execute(keys.databases.main);
    expect((await keys.introspect(hash)).body).toEqual({ active: false });
    await sql`UPDATE api_keys SET expires_at = NULL`.execute(keys.databases.main);
  });

  it('answers only to the internal token, and has no other path', async () => {
    for (const authorization of [
      '',
      'Bearer ',
      `Bearer ${internalToken}x`,
      `Bearer ${internalToken.slice(1)}`,
      internalToken,
    ]) {
      const answer = await keys
        .internal()
        .post('/internal/introspect')
        .set('authorization', authorization)
        .send({ key_hash: hash });
      expect([answer.status, answer.text]).toEqual([401, '{"error":"Invalid internal token"}']);
    }
    expect((await keys.internal().get('/api/v1/auth/session')).status).toBe(404);
  });

  it('refuses a text that is no key hash', async () => {
    for (const text of ['', 'A'.repeat(64), '0'.repeat(63), "' OR 1=1 --"])
      expect((await keys.introspect(text)).status).toBe(400);
  });
});

import { generateApiKey } from '@engagetrack/api-key';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { type KeysHarness, startKeys } from './harness.ts';

describe('a session', () => {
  let keys: KeysHarness;
  beforeAll(async () => {
    keys = await startKeys();
    await keys.addUser('owner@example.test');
    await keys.addOrganization('org_a', 'startup', { 'owner@example.test': 'owner' });
  });
  afterAll(() => keys.stop());
  const show = (authorization: string) => keys.api().get('/api/v1/auth/session').set('authorization', authorization);

  it('is shown by GET /auth/session', async () => {
    const answer = await show(await keys.logIn('owner@example.test'));
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      user: { id: expect.any(String), email: 'owner@example.test', name: 'Some One' },
      organizations: [{ id: 'org_a', name: 'Organization org_a', plan: 'startup', role: 'owner' }],
    });
  });

  it('is sent with the scheme in any case and one or more blanks behind it', async () => {
    const token = (await keys.logIn('owner@example.test')).slice('Bearer '.length);
    for (const scheme of ['bearer ', 'BEARER ', 'Bearer  ', 'Bearer     '])
      expect((await show(scheme + token)).status).toBe(200);
    for (const credential of [`Bearer\t${token}`, `Bearer ${token} ${token}`, `Bearer ${token},`, `Bearer${token}`])
      expect((await show(credential)).status).toBe(401);
  });

  it('is dead the moment POST /auth/logout is answered', async () => {
    const authorization = await keys.logIn('owner@example.test');
    const other = await keys.logIn('owner@example.test');
    const logout = await keys.api().post('/api/v1/auth/logout').set('authorization', authorization);
    expect([logout.status, logout.text]).toEqual([204, '']);
    expect((await show(authorization)).status).toBe(401);
    expect((await show(other)).status).toBe(200);
  });

  it('ends at its expiry', async () => {
    const authorization = await keys.logIn('owner@example.test');
    await sql`UPDATE sessions SET expires_at = now() - interval '1 second'`.execute(keys.databases.main);
    expect((await show(authorization)).status).toBe(401);
  });

  it('is refused with the same bytes when it is tampered, of another kind or absent', async () => {
    const authorization = await keys.logIn('owner@example.test');
    const last = authorization.at(-1) === 'A' ? 'B' : 'A';
    for (const credential of [
      authorization.slice(0, -1) + last,
      authorization.slice(0, -1),
      `Bearer ${generateApiKey().reveal()}`,
      authorization.replace('Bearer', 'Basic'),
      'Bearer ',
    ]) {
      const answer = await show(credential);
      expect([answer.status, answer.text]).toEqual([401, '{"error":"Invalid or expired session"}']);
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="engagetrack", error="invalid_token"');
    }
    const absent = await keys.api().get('/api/v1/auth/session');
    expect([absent.status, absent.text]).toEqual([401, '{"error":"Invalid or expired session"}']);
    expect(absent.headers['www-authenticate']).toBe('Bearer realm="engagetrack"');
  });

  it('is stored as a hash only', async () => {
    const authorization = await keys.logIn('owner@example.test');
    const { rows } = await sql`SELECT * FROM sessions`.execute(keys.databases.main);
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(authorization.slice('Bearer '.length));
  });

  it('of a user is one of a hundred at most', async () => {
    const first = await keys.logIn('owner@example.test');
    const user = await show(first);
    await sql`
      INSERT INTO sessions (token_hash, user_id, created_at, expires_at)
      SELECT 'later' || n, ${user.body.user.id}, now() + interval '1 second', now() + interval '1 hour' FROM generate_series(1, 100) AS n
    `.execute(keys.databases.main);
    await keys.logIn('owner@example.test');
    const { rows } = await sql<{ count: number }>`SELECT count(*)::int AS count FROM sessions`.execute(
      keys.databases.main,
    );
    expect(rows).toEqual([{ count: 100 }]);
    expect((await show(first)).status).toBe(401);
  });

  it('endpoint answers 405 with Allow for another method, and 404 for an unknown path', async () => {
    const wrongMethod = await keys.api().delete('/api/v1/auth/session');
    expect([wrongMethod.status, wrongMethod.headers.allow]).toEqual([405, 'GET, HEAD']);
    expect((await keys.api().get('/api/v1/auth/sessions')).status).toBe(404);
    expect((await keys.api().post('/internal/introspect')).status).toBe(404);
  });
});

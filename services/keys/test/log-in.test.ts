import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { internalToken, type KeysHarness, password, startKeys } from './harness.ts';

describe('POST /auth/login', () => {
  let keys: KeysHarness;
  const logIn = (body: object) => keys.api().post('/api/v1/auth/login').send(body);
  beforeAll(async () => {
    keys = await startKeys();
    await keys.addUser('owner@example.test');
    await keys.addOrganization('org_a', 'startup', { 'owner@example.test': 'owner' });
    await keys.addOrganization('org_b', 'maker', { 'owner@example.test': 'member' });
  });
  afterAll(() => keys.stop());

  it('answers a session token, the user and the organizations', async () => {
    const answer = await logIn({ email: 'owner@example.test', password });
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body).toEqual({
      token: expect.stringMatching(/^et_session_[A-Za-z0-9_-]{43}$/),
      token_type: 'Bearer',
      expires_at: expect.stringMatching(/Z$/),
      user: { id: expect.stringMatching(/^usr_[a-z0-9]{24}$/), email: 'owner@example.test', name: 'Some One' },
      organizations: [
        { id: 'org_a', name: 'Organization org_a', plan: 'startup', role: 'owner' },
        { id: 'org_b', name: 'Organization org_b', plan: 'maker', role: 'member' },
      ],
    });
    const hoursLeft = (Date.parse(answer.body.expires_at) - Date.now()) / 3_600_000;
    expect(hoursLeft).toBeGreaterThan(11.9);
    expect(hoursLeft).toBeLessThanOrEqual(12);
  });

  it('takes the e-mail address in any case', async () => {
    expect((await logIn({ email: ' Owner@Example.TEST ', password })).status).toBe(200);
  });

  it('answers a wrong password and an unknown account with the same bytes', async () => {
    const wrong = await logIn({ email: 'owner@example.test', password: 'guess' });
    const unknown = await logIn({ email: 'nobody@example.test', password: 'guess' });
    for (const answer of [wrong, unknown]) {
      expect(answer.status).toBe(401);
      expect(answer.text).toBe('{"error":"Invalid email or password"}');
      expect(answer.headers).toMatchObject({ 'x-error-code': 'invalid_login', 'cache-control': 'no-store' });
    }
  });

  it.each([
    ['no email', { password: 'x' }, 'email must be a text'],
    ['no password', { email: 'a@b.test' }, 'password must be a text'],
    ['an empty password', { email: 'a@b.test', password: '' }, 'password must not be empty'],
    [
      'an over-long password',
      { email: 'a@b.test', password: 'x'.repeat(1025) },
      'password must be at most 1024 characters',
    ],
    ['an unknown field', { email: 'a@b.test', password: 'x', remember: true }, 'Unknown field: remember'],
    ['a list', [], 'The body must be a JSON object'],
  ])('refuses %s by name', async (_what, body, sentence) => {
    const answer = await logIn(body);
    expect(answer.status).toBe(400);
    expect(answer.text).toBe(JSON.stringify({ error: sentence }));
  });

  it('refuses a body that is no JSON, is too long or has another content type', async () => {
    const post = (type: string, text: string) =>
      keys.api().post('/api/v1/auth/login').set('content-type', type).send(text);
    const malformed = await post('application/json', '{"email":');
    expect([malformed.status, malformed.text]).toEqual([400, '{"error":"The body must be valid JSON"}']);
    expect((await post('application/json', `"${'x'.repeat(65_536)}"`)).status).toBe(413);
    expect((await post('text/plain', '{}')).status).toBe(415);
    expect((await post('application/json; charset=utf-16', '{}')).status).toBe(415);
  });

  it('limits guesses per account, and says when to retry', async () => {
    await keys.addUser('guessed@example.test');
    const guesses = await Promise.all(
      Array.from({ length: 14 }, () => logIn({ email: 'guessed@example.test', password: 'guess' })),
    );
    const statuses = guesses.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array(10).fill(401), ...Array(4).fill(429)]);
    const right = await logIn({ email: 'guessed@example.test', password });
    expect(right.status).toBe(429);
    expect(Number(right.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('counts the address that a gateway forwards, and trusts no other sender', async () => {
    const from = (address: string, token: string, n: number) =>
      logIn({ email: `nobody${n}@example.test`, password: 'guess' })
        .set('x-forwarded-for', address)
        .set('x-internal-token', token);
    const statuses: number[] = [];
    for (let n = 0; n < 61; n += 1) statuses.push((await from('192.0.2.7', internalToken, n)).status);
    expect(statuses.slice(0, 60).every((status) => status === 401)).toBe(true);
    expect(statuses[60]).toBe(429);
    expect((await from('192.0.2.8', internalToken, 100)).status).toBe(401);
    expect((await from('192.0.2.7', 'not the token', 101)).status).toBe(401);
    // The holder of an IPv6 network has more addresses than guesses.
    const ofNetwork = await Promise.all(
      Array.from({ length: 61 }, (_, n) => from(`2001:db8:1:2::${n.toString(16)}`, internalToken, 200 + n)),
    );
    expect(ofNetwork.filter(({ status }) => status === 429)).toHaveLength(1);
    expect((await from('2001:db8:1:3::1', internalToken, 300)).status).toBe(401);
  });

  it('leaves no password and no token in a log line', async () => {
    const answer = await logIn({ email: 'owner@example.test', password });
    const log = keys.logLines.join('');
    expect(log).toContain('"route":"POST /api/v1/auth/login"');
    expect(log).not.toContain(password);
    expect(log).not.toContain(answer.body.token);
    expect(log).not.toContain('owner@example.test');
  });
});

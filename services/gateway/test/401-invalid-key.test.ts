import { generateApiKey, hashApiKey } from '@engagetrack/api-key';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type GatewayHarness, organizationA, startGateway } from './harness.ts';

const sites = `/api/v1/organizations/${organizationA}/sites`;
const body = '{"error":"Invalid or expired API key"}';

describe('401', () => {
  let gateway: GatewayHarness;
  beforeEach(async () => {
    gateway = await startGateway();
  });
  afterEach(() => gateway.stop());

  const get = (authorization?: string) => {
    const request = gateway.api().get(sites);
    return authorization === undefined ? request : request.set('authorization', authorization);
  };

  it('answers a missing, malformed, unknown, revoked and expired key with the same bytes', async () => {
    const expired = gateway.issueKey({ expiresAtMs: gateway.now() + 1_000 });
    const revoked = gateway.issueKey();
    expect((await get(expired.authorization)).status).toBe(200);
    expect((await get(revoked.authorization)).status).toBe(200);
    gateway.advanceClock(1_000);
    await gateway.markRevoked(revoked.keyId);
    gateway.received.length = 0;

    const answers = [
      await get(),
      await get('Bearer et_live_0123'),
      await get(`Bearer ${generateApiKey().reveal()}`),
      await get(revoked.authorization),
      await get(expired.authorization),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(401);
      expect(answer.text).toBe(body);
      expect(answer.headers).toMatchObject({
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store',
        'x-error-code': 'invalid_key',
      });
      expect(Object.keys(answer.headers).filter((name) => /ratelimit/i.test(name))).toEqual([]);
    }
    const challenges = answers.map(({ headers }) => headers['www-authenticate']);
    expect(challenges).toEqual([
      'Bearer realm="engagetrack"',
      ...Array(4).fill('Bearer realm="engagetrack", error="invalid_token"'),
    ]);
    // Unknown, revoked and expired differ only in the request id and the second.
    const comparable = answers.slice(2).map(({ headers }) => {
      const { 'x-request-id': _id, date: _date, ...rest } = headers;
      return [Object.keys(headers), rest];
    });
    expect(new Set(comparable.map((entry) => JSON.stringify(entry))).size).toBe(1);
    expect(gateway.received).toEqual([]);
  });

  it.each([
    ['an empty value', ''],
    ['the scheme alone', 'Bearer'],
    ['a tab', 'Bearer\tKEY'],
    ['another scheme', 'Token KEY'],
    ['Basic with the key as password', 'BASIC'],
    ['two keys in one field', 'Bearer KEY, Bearer KEY'],
    ['a trailing comma', 'Bearer KEY,'],
    ['a quoted key', 'Bearer "KEY"'],
    ['upper-case digits', 'UPPER'],
    ['the masked preview', 'Bearer et_live_...c5d6'],
    ['the hash of the key', 'HASH'],
    ['the key id', 'Bearer key_test1'],
    ['a session token', `Bearer et_session_${'A'.repeat(43)}`],
  ])('refuses %s without asking the authority', async (_what, form) => {
    const { key } = gateway.issueKey();
    const authorization = form
      .replaceAll('KEY', key.reveal())
      .replace('BASIC', `Basic ${Buffer.from(`user:${key.reveal()}`).toString('base64')}`)
      .replace('UPPER', `Bearer et_live_${key.reveal().slice(8).toUpperCase()}F`.slice(0, -1))
      .replace('HASH', `Bearer ${hashApiKey(key)}`);
    const answer = await get(authorization);
    expect(answer.status).toBe(401);
    expect(answer.text).toBe(body);
    expect(gateway.introspections()).toBe(0);
    expect(gateway.received).toEqual([]);
  });

  it('does not take the key from a query, another header or a cookie', async () => {
    const { key } = gateway.issueKey();
    const answer = await gateway
      .api()
      .get(`${sites}?api_key=${key.reveal()}&access_token=${key.reveal()}`)
      .set({ 'x-api-key': key.reveal(), cookie: `key=${key.reveal()}` });
    expect(answer.status).toBe(401);
    expect(gateway.logLines.join('')).not.toContain(key.reveal().slice(8));
  });

  it('spends nothing of the quota', async () => {
    const { authorization, key } = gateway.issueKey();
    await get();
    await get('Bearer nonsense');
    await get(`Bearer ${key.reveal().slice(0, -1)}`);
    expect((await get(authorization)).headers['x-ratelimit-remaining']).toBe('599');
  });

  it('refuses a revoked key on the very next request, without any announcement', async () => {
    const { authorization, keyId } = gateway.issueKey();
    expect((await get(authorization)).status).toBe(200);
    await gateway.markRevoked(keyId);
    expect((await get(authorization)).status).toBe(401);
  });

  it('asks the authority once for many concurrent requests of an unknown key', async () => {
    const { authorization } = gateway.issueKey();
    const answers = await Promise.all(Array.from({ length: 100 }, () => get(authorization)));
    expect(answers.map(({ status }) => status)).toEqual(Array(100).fill(200));
    expect(gateway.introspections()).toBe(1);
  });

  it('asks once for an unknown key that is tried again and again', async () => {
    const unknown = `Bearer ${generateApiKey().reveal()}`;
    for (let i = 0; i < 5; i++) expect((await get(unknown)).status).toBe(401);
    expect(gateway.introspections()).toBe(1);
    gateway.advanceClock(2_001);
    expect((await get(unknown)).status).toBe(401);
    expect(gateway.introspections()).toBe(2);
  });

  it('asks again about a key it has known for a minute', async () => {
    const { authorization, key } = gateway.issueKey();
    await get(authorization);
    gateway.advanceClock(60_000);
    gateway.revokeAtAuthority(key);
    expect((await get(authorization)).status).toBe(401);
  });

  it('asks again about a key in use before that, while its requests go on', async () => {
    const { authorization, key } = gateway.issueKey();
    await get(authorization);
    gateway.revokeAtAuthority(key);
    gateway.advanceClock(55_000);
    const { promise: gate, resolve: answerNow } = Promise.withResolvers<void>();
    gateway.holdAuthorityUntil(gate);
    for (let n = 0; n < 5; n += 1) expect((await get(authorization)).status).toBe(200);
    await waitFor(() => gateway.introspections() === 2, { deadlineMs: 20_000, what: 'the renewal' });
    answerNow();
    await waitFor(async () => (await get(authorization)).status === 401, { deadlineMs: 20_000, what: 'its answer' });
  });

  describe('to an address that has reached its limit of failures', () => {
    const guess = () => get(`Bearer ${generateApiKey().reveal()}`);
    beforeEach(async () => {
      await gateway.stop();
      gateway = await startGateway({ limits: { failedAuthenticationsMax: 10 } });
    });
    const reachLimit = async (): Promise<void> => {
      for (let n = 0; n < 10; n += 1) expect((await guess()).status).toBe(401);
    };

    it('becomes 429 for a further guess, without a look-up, while known keys go on working', async () => {
      const { authorization } = gateway.issueKey();
      expect((await get(authorization)).status).toBe(200);
      await reachLimit();
      const asked = gateway.introspections();
      const limited = await guess();
      expect(limited.status).toBe(429);
      expect(limited.text).toMatch(/^\{"error":"Rate limit exceeded\. Retry after \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"\}$/);
      expect(Number(limited.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      expect((await get(authorization)).status).toBe(200);
      expect(gateway.introspections()).toBe(asked);
    });

    it('is overcome by a new key that tries again, between any number of guesses', async () => {
      await reachLimit();
      const fresh = gateway.issueKey();
      expect((await get(fresh.authorization)).status).toBe(429);
      for (let n = 0; n < 5; n += 1) {
        gateway.advanceClock(200);
        expect((await guess()).status).toBe(429);
      }
      expect((await get(fresh.authorization)).status).toBe(200);
    });

    it('stays 401 for credentials that no look-up could help, and for a dead key that is retried', async () => {
      await reachLimit();
      const { authorization, key } = gateway.issueKey();
      gateway.revokeAtAuthority(key);
      expect((await get(authorization)).status).toBe(429);
      gateway.advanceClock(1_000);
      expect((await get(authorization)).status).toBe(401);
      for (let n = 0; n < 3; n += 1) {
        const answers = [
          await get(),
          await get('Bearer nonsense'),
          await get(`Bearer et_session_${'A'.repeat(43)}`),
          await get(authorization),
        ];
        expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
        gateway.advanceClock(2_000);
      }
    });
  });

  it('never limits an address for a dead key that is retried, for malformed credentials or for session tokens', async () => {
    await gateway.stop();
    gateway = await startGateway({ limits: { failedAuthenticationsMax: 5 } });
    const dead = gateway.issueKey();
    gateway.revokeAtAuthority(dead.key);
    for (let n = 0; n < 20; n += 1) {
      expect((await get(dead.authorization)).status).toBe(401);
      expect((await get('Bearer nonsense')).status).toBe(401);
      expect((await get(`Bearer et_session_${'A'.repeat(43)}`)).status).toBe(401);
      gateway.advanceClock(2_500);
    }
    // The client's new key works at once.
    expect((await get(gateway.issueKey().authorization)).status).toBe(200);
  });

  it('answers as RFC 9457 when the caller prefers it', async () => {
    const answer = await get().set('accept', 'application/problem+json');
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(JSON.parse(answer.text)).toEqual({
      type: 'urn:engagetrack:problem:invalid_key',
      title: 'Invalid or expired API key',
      status: 401,
      error: 'Invalid or expired API key',
    });
  });
});

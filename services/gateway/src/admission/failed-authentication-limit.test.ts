import { type ApiKeyHash, parseApiKeyHash } from '@engagetrack/api-key';
import { Problem } from '@engagetrack/contracts';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { createFailedAuthenticationLimit, type FailedAuthenticationLimit } from './failed-authentication-limit.ts';

const address = '203.0.113.1';
const startMs = Date.UTC(2026, 2, 14, 12, 0, 18, 250);

describe('the limit of failed authentications', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: startMs });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  /** The refusal of a look-up; undefined when it may be asked. */
  const refusal = (
    limit: FailedAuthenticationLimit,
    credential = newCredential(),
    from = address,
  ): Problem | undefined => {
    try {
      limit.spendLookUp(from, credential);
      return undefined;
    } catch (error) {
      if (error instanceof Problem) return error;
      throw error;
    }
  };
  const failTimes = (limit: FailedAuthenticationLimit, times: number) => {
    for (let i = 0; i < times; i += 1) limit.countFailure(address);
  };

  it('refuses an address after as many failures as allowed, not one sooner', () => {
    const limit = createFailedAuthenticationLimit(100, Date.now);
    failTimes(limit, 99);
    for (let n = 0; n < 10; n += 1) expect(refusal(limit)).toBeUndefined();
    expect(limit.isOverLimit(address)).toBe(false);
    failTimes(limit, 1);
    expect(limit.isOverLimit(address)).toBe(true);
    const problem = refusal(limit);
    expect([problem?.status, problem?.reason]).toEqual([429, 'address_limited']);
    expect(problem?.message).toBe('Rate limit exceeded. Retry after 2026-03-14T12:00:19Z');
    expect(problem?.headers).toEqual({ 'Retry-After': '1', Date: 'Sat, 14 Mar 2026 12:00:18 GMT' });
  });

  it('leaves an address over its limit one look-up a second, for credentials that try again', () => {
    const limit = createFailedAuthenticationLimit(1, Date.now);
    failTimes(limit, 1);
    const again = Array.from({ length: 100 }, newCredential);
    let asked = 0;
    for (let ms = 0; ms < 30_000; ms += 10) {
      if (refusal(limit, again[(ms / 10) % again.length]) === undefined) asked += 1;
      jest.advanceTimersByTime(10);
    }
    expect(asked).toBeGreaterThanOrEqual(28);
    expect(asked).toBeLessThanOrEqual(30);
  });

  it('lets a new key through at its second attempt, however many guesses come meanwhile', () => {
    const limit = createFailedAuthenticationLimit(1, Date.now);
    failTimes(limit, 1);
    const key = newCredential();
    expect(refusal(limit, key)?.reason).toBe('address_limited');
    for (let n = 0; n < 1_000; n += 1) {
      jest.advanceTimersByTime(1);
      expect(refusal(limit)?.reason).toBe('address_limited');
    }
    expect(refusal(limit, key)).toBeUndefined();
  });

  it('counts each address alone', () => {
    const limit = createFailedAuthenticationLimit(1, Date.now);
    failTimes(limit, 1);
    expect(limit.isOverLimit(address)).toBe(true);
    for (const other of ['203.0.113.2', '203.0.113.10', '::1', '', 'constructor'])
      expect(limit.isOverLimit(other)).toBe(false);
  });

  it('does not move the end of the window with every further failure', () => {
    const limit = createFailedAuthenticationLimit(2, Date.now);
    failTimes(limit, 2);
    jest.advanceTimersByTime(30_000);
    failTimes(limit, 50);
    jest.advanceTimersByTime(29_999);
    expect(limit.isOverLimit(address)).toBe(true);
    jest.advanceTimersByTime(1);
    expect(limit.isOverLimit(address)).toBe(false);
  });

  it('counts the addresses of one IPv6 network together, and neighbouring networks apart', () => {
    const limit = createFailedAuthenticationLimit(100, Date.now);
    for (let n = 0; n < 100; n += 1) limit.countFailure(`2001:db8:1:2:${n.toString(16)}::${n}`);
    expect(limit.isOverLimit('2001:db8:1:2:ffff::1')).toBe(true);
    expect(refusal(limit, newCredential(), '2001:db8:1:2::7')?.status).toBe(429);
    for (const other of ['2001:db8:1:3::1', '2001:db8:1:2', '203.0.113.1'])
      expect(limit.isOverLimit(other)).toBe(false);
  });

  it('remembers the latest addresses of a flood from too many', () => {
    const limit = createFailedAuthenticationLimit(1, Date.now);
    const addressOf = (n: number) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
    for (let n = 0; n <= 32_768; n += 1) limit.countFailure(addressOf(n));
    expect([0, 1, 32_768].map((n) => limit.isOverLimit(addressOf(n)))).toEqual([false, true, true]);
  });

  it('refuses no address for longer because the clock was set back', () => {
    const limit = createFailedAuthenticationLimit(1, Date.now);
    failTimes(limit, 1);
    jest.setSystemTime(startMs - 3_600_000);
    expect(limit.isOverLimit(address)).toBe(false);
  });

  it('names the second of the next look-up, never an earlier one', () => {
    fc.assert(
      fc.property(fc.nat({ max: 999 }), fc.nat({ max: 999 }), (startedAt, askedAfterMs) => {
        jest.setSystemTime(startMs + startedAt);
        const limit = createFailedAuthenticationLimit(1, Date.now);
        failTimes(limit, 1);
        const [first, second] = [newCredential(), newCredential()];
        for (const credential of [first, second, first]) refusal(limit, credential);
        jest.setSystemTime(startMs + startedAt + askedAfterMs);
        const problem = refusal(limit, second);
        const saidAtSeconds = Date.parse(problem?.headers.Date ?? '') / 1000;
        expect(saidAtSeconds).toBe(Math.floor(Date.now() / 1000));
        const retryAtMs = (saidAtSeconds + Number(problem?.headers['Retry-After'])) * 1000;
        expect(retryAtMs).toBeGreaterThanOrEqual(startMs + startedAt + 1_000);
        expect(problem?.message).toContain(new Date(retryAtMs).toISOString().replace('.000Z', 'Z'));
        jest.setSystemTime(retryAtMs);
        expect(refusal(limit, second)).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });
});

let credentials = 0;
function newCredential(): ApiKeyHash {
  credentials += 1;
  return parseApiKeyHash(credentials.toString(16).padStart(64, '0'));
}

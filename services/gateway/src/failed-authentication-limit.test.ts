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
  const failTimes = (limit: FailedAuthenticationLimit, times: number) => {
    for (let i = 0; i < times; i += 1) limit.countFailure(address);
  };

  it('refuses an address after as many failures as allowed, not one sooner', () => {
    const limit = createFailedAuthenticationLimit(100, Date.now);
    expect(limit.refusal(address)).toBeUndefined();
    failTimes(limit, 99);
    expect(limit.refusal(address)).toBeUndefined();
    failTimes(limit, 1);
    const refusal = limit.refusal(address);
    expect(refusal?.status).toBe(429);
    expect(refusal?.message).toBe('Rate limit exceeded. Retry after 2026-03-14T12:01:19Z');
    expect(refusal?.headers).toEqual({ 'Retry-After': '61', Date: 'Sat, 14 Mar 2026 12:00:18 GMT' });
  });

  it('counts each address alone', () => {
    const limit = createFailedAuthenticationLimit(1, Date.now);
    failTimes(limit, 1);
    expect(limit.refusal(address)).toBeDefined();
    for (const other of ['203.0.113.2', '203.0.113.10', '::1', '', 'constructor'])
      expect(limit.refusal(other)).toBeUndefined();
  });

  it('admits the address again at the second that it named', () => {
    const limit = createFailedAuthenticationLimit(1, Date.now);
    failTimes(limit, 1);
    const seconds = Number(limit.refusal(address)?.headers['Retry-After']);
    jest.advanceTimersByTime(59_999);
    expect(limit.refusal(address)).toBeDefined();
    jest.setSystemTime((Math.floor(startMs / 1000) + seconds) * 1000);
    expect(limit.refusal(address)).toBeUndefined();
  });

  it('does not move the end with every further failure', () => {
    const limit = createFailedAuthenticationLimit(2, Date.now);
    failTimes(limit, 2);
    const first = limit.refusal(address);
    jest.advanceTimersByTime(30_000);
    failTimes(limit, 50);
    expect(limit.refusal(address)?.message).toBe(first?.message);
  });

  it('refuses no address by a window that is over, also when the process looks late', () => {
    const limit = createFailedAuthenticationLimit(1, Date.now);
    failTimes(limit, 1);
    jest.setSystemTime(startMs + 60_001);
    expect(limit.refusal(address)).toBeUndefined();
  });

  it('counts the addresses of one IPv6 network together, and neighbouring networks apart', () => {
    const limit = createFailedAuthenticationLimit(100, Date.now);
    for (let n = 0; n < 100; n += 1) limit.countFailure(`2001:db8:1:2:${n.toString(16)}::${n}`);
    expect(limit.refusal('2001:db8:1:2:ffff::1')?.status).toBe(429);
    for (const other of ['2001:db8:1:3::1', '2001:db8:1:2', '203.0.113.1'])
      expect(limit.refusal(other)).toBeUndefined();
  });

  it('remembers the latest addresses of a flood from too many', () => {
    const limit = createFailedAuthenticationLimit(1, Date.now);
    const addressOf = (n: number) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
    for (let n = 0; n <= 32_768; n += 1) limit.countFailure(addressOf(n));
    expect(limit.refusal(addressOf(0))).toBeUndefined();
    expect(limit.refusal(addressOf(1))?.status).toBe(429);
    expect(limit.refusal(addressOf(32_768))?.status).toBe(429);
  });

  it('refuses no address for longer because the clock was set back', () => {
    const limit = createFailedAuthenticationLimit(1, Date.now);
    failTimes(limit, 1);
    jest.setSystemTime(startMs - 3_600_000);
    expect(limit.refusal(address)).toBeUndefined();
  });

  it('names no second before the end of the window', () => {
    fc.assert(
      fc.property(fc.nat({ max: 999 }), fc.nat({ max: 59_999 }), (startedAt, askedAfterMs) => {
        jest.setSystemTime(startMs + startedAt);
        const limit = createFailedAuthenticationLimit(1, Date.now);
        failTimes(limit, 1);
        jest.setSystemTime(startMs + startedAt + askedAfterMs);
        const refusal = limit.refusal(address);
        const saidAtSeconds = Date.parse(refusal?.headers.Date ?? '') / 1000;
        expect(saidAtSeconds).toBe(Math.floor(Date.now() / 1000));
        const retryAtMs = (saidAtSeconds + Number(refusal?.headers['Retry-After'])) * 1000;
        expect(retryAtMs).toBeGreaterThanOrEqual(startMs + startedAt + 60_000);
        expect(retryAtMs).toBeLessThan(startMs + startedAt + 61_000);
        expect(refusal?.message).toContain(new Date(retryAtMs).toISOString().replace('.000Z', 'Z'));
      }),
      { numRuns: 50 },
    );
  });
});

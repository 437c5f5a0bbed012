import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { createFailedAuthenticationLimit } from './failed-authentication-limit.ts';

const address = '203.0.113.1';
const startMs = Date.UTC(2026, 2, 14, 12, 0, 18, 250);

describe('the limit of failed authentications', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: startMs });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  const failTimes = async (limit: ReturnType<typeof createFailedAuthenticationLimit>, times: number) => {
    for (let i = 0; i < times; i += 1) await limit.countFailure(address);
  };

  it('refuses an address once it has failed as often as allowed, not one failure sooner', async () => {
    const limit = createFailedAuthenticationLimit(100, Date.now);
    expect(await limit.refusal(address)).toBeUndefined();
    await failTimes(limit, 99);
    expect(await limit.refusal(address)).toBeUndefined();
    await failTimes(limit, 1);
    const refusal = await limit.refusal(address);
    expect(refusal?.status).toBe(429);
    expect(refusal?.message).toBe('Rate limit exceeded. Retry after 2026-03-14T12:01:19Z');
    expect(refusal?.headers).toEqual({ 'Retry-After': '61', Date: 'Sat, 14 Mar 2026 12:00:18 GMT' });
  });

  it('counts each address alone', async () => {
    const limit = createFailedAuthenticationLimit(1, Date.now);
    await failTimes(limit, 1);
    expect(await limit.refusal(address)).toBeDefined();
    for (const other of ['203.0.113.2', '203.0.113.10', '::1', '', 'constructor'])
      expect(await limit.refusal(other)).toBeUndefined();
  });

  it('admits the address again at the second that it named', async () => {
    const limit = createFailedAuthenticationLimit(1, Date.now);
    await failTimes(limit, 1);
    const seconds = Number((await limit.refusal(address))?.headers['Retry-After']);
    jest.advanceTimersByTime(59_999);
    expect(await limit.refusal(address)).toBeDefined();
    jest.setSystemTime((Math.floor(startMs / 1000) + seconds) * 1000);
    expect(await limit.refusal(address)).toBeUndefined();
  });

  it('does not push the end away with every further failure', async () => {
    const limit = createFailedAuthenticationLimit(2, Date.now);
    await failTimes(limit, 2);
    const first = await limit.refusal(address);
    jest.advanceTimersByTime(30_000);
    await failTimes(limit, 50);
    expect((await limit.refusal(address))?.message).toBe(first?.message);
  });

  it('refuses nobody on the strength of a window that is over, even before its timer has run', async () => {
    const limit = createFailedAuthenticationLimit(1, Date.now);
    await failTimes(limit, 1);
    // The clock has moved, the timers have not: what a busy event loop looks like.
    jest.setSystemTime(startMs + 60_001);
    expect(await limit.refusal(address)).toBeUndefined();
  });

  it('never sends a caller back before the end of the window', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 999 }), fc.nat({ max: 59_999 }), async (startedAt, askedAfterMs) => {
        jest.setSystemTime(startMs + startedAt);
        const limit = createFailedAuthenticationLimit(1, Date.now);
        await failTimes(limit, 1);
        jest.setSystemTime(startMs + startedAt + askedAfterMs);
        const refusal = await limit.refusal(address);
        const saidAtSeconds = Date.parse(refusal?.headers.Date ?? '') / 1000;
        expect(saidAtSeconds).toBe(Math.floor(Date.now() / 1000));
        const retryAtMs = (saidAtSeconds + Number(refusal?.headers['Retry-After'])) * 1000;
        expect(retryAtMs).toBeGreaterThanOrEqual(startMs + startedAt + 60_000);
        expect(retryAtMs).toBeLessThan(startMs + startedAt + 61_000);
        expect(refusal?.message).toContain(new Date(retryAtMs).toISOString().replace('.000Z', 'Z'));
      }),
      { numRuns: 200 },
    );
  });
});

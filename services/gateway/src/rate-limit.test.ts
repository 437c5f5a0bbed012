import type { RateLimitPolicy, Spent } from '@engagetrack/admission-store';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dateHeader, judgeQuota, type Quota, rateLimitFields } from './rate-limit.ts';

const policy: RateLimitPolicy = { name: 'analytics', quota: 600, windowSeconds: 60 };
const windowEndMs = Date.UTC(2026, 2, 14, 12, 1, 0);
const spent = (count: number, nowMs = windowEndMs - 41_750): Spent => ({ verdict: 'spent', count, windowEndMs, nowMs });

function fieldsOf(quota: Quota): Readonly<Record<string, string>> {
  const fields = rateLimitFields(quota);
  return Object.fromEntries(fields.flatMap((name, n) => (n % 2 === 0 ? [[name, fields[n + 1] ?? '']] : [])));
}

describe('rateLimitFields', () => {
  it('are the published fields and the draft ones', () => {
    expect(fieldsOf({ policy, spent: spent(1) })).toEqual({
      'X-RateLimit-Limit': '600',
      'X-RateLimit-Remaining': '599',
      'X-RateLimit-Reset': '1773489660',
      'RateLimit-Policy': '"analytics";q=600;w=60',
      RateLimit: '"analytics";r=599;t=42',
    });
  });

  it.each([
    [1, '599'],
    [599, '1'],
    [600, '0'],
    [601, '0'],
    [1_000_000, '0'],
  ])('after unit %s leave %s', (count, remaining) => {
    const headers = fieldsOf({ policy, spent: spent(count) });
    expect(headers['X-RateLimit-Remaining']).toBe(remaining);
    expect(headers.RateLimit).toBe(`"analytics";r=${remaining};t=42`);
  });
});

describe('judgeQuota', () => {
  it('admits the last unit of a quota and refuses the one after it', () => {
    expect(judgeQuota({ policy, spent: spent(600) })).toBeUndefined();
    expect(judgeQuota({ policy, spent: spent(601) })?.status).toBe(429);
    const one = { name: 'one', quota: 1, windowSeconds: 1 };
    expect(judgeQuota({ policy: one, spent: spent(1) })).toBeUndefined();
    expect(judgeQuota({ policy: one, spent: spent(2) })?.status).toBe(429);
  });

  it('names the second of X-RateLimit-Reset', () => {
    const problem = judgeQuota({ policy, spent: spent(601) });
    expect(problem?.message).toBe('Rate limit exceeded. Retry after 2026-03-14T12:01:00Z');
    expect(problem?.headers).toEqual({ 'Retry-After': '42', Date: 'Sat, 14 Mar 2026 12:00:18 GMT' });
  });

  it.each([
    [windowEndMs - 60_000, '60'],
    [windowEndMs - 59_001, '60'],
    [windowEndMs - 59_000, '59'],
    [windowEndMs - 1_001, '2'],
    [windowEndMs - 1_000, '1'],
    [windowEndMs - 1, '1'],
  ])('at %s ms says to retry after %s s', (nowMs, seconds) => {
    expect(judgeQuota({ policy, spent: spent(601, nowMs) })?.headers['Retry-After']).toBe(seconds);
  });

  it('names no second before the reset, nor a whole second after it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: 1, max: 3_600 }), (nowMs, windowSeconds) => {
        const endMs = (Math.floor(nowMs / (windowSeconds * 1000)) + 1) * windowSeconds * 1000;
        const quota = {
          policy: { ...policy, windowSeconds },
          spent: { verdict: 'spent', count: 601, windowEndMs: endMs, nowMs } as const,
        };
        const problem = judgeQuota(quota);
        const reset = Number(fieldsOf(quota)['X-RateLimit-Reset']);
        const retryAfter = Number(problem?.headers['Retry-After']);
        const saidAt = Date.parse(dateHeader(nowMs)) / 1000;
        expect(reset).toBe(endMs / 1000);
        expect(retryAfter).toBeGreaterThanOrEqual(1);
        expect(saidAt + retryAfter).toBe(reset);
        expect(problem?.message).toBe(
          `Rate limit exceeded. Retry after ${new Date(endMs).toISOString().replace('.000Z', 'Z')}`,
        );
      }),
    );
  });
});

describe('dateHeader', () => {
  it('is the whole second that has begun, as RFC 9110 writes it', () => {
    expect(dateHeader(Date.UTC(2026, 2, 14, 12, 0, 18, 999))).toBe('Sat, 14 Mar 2026 12:00:18 GMT');
  });
});

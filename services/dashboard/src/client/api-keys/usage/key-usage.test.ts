import { organizationUsageSchema } from '@engagetrack/contracts';
import { describe, expect, it } from '@jest/globals';
import { barsPath, countRequests, findUsage, knownUsage } from './key-usage.ts';

const body = organizationUsageSchema.parse({
  from: '2026-11-23T13:00:00Z',
  to: '2026-11-24T13:00:00Z',
  bucket: 'hour',
  data: [
    { key_id: 'key_busy', requests: 1_204, limited: 3, requests_by_bucket: [1, 1_203] },
    { key_id: 'key_quiet', requests: 1, limited: 0, requests_by_bucket: [0, 1] },
  ],
});
const [busy, quiet] = body.data.map(({ key_id: keyId }) => keyId);

describe('the usage of keys', () => {
  it('is found by key, and is zero for a key that is missing from it', () => {
    const usage = knownUsage(body);
    expect([usage.requests, usage.limited]).toEqual([1_205, 3]);
    if (busy === undefined || quiet === undefined) throw new Error('two keys were given');
    expect(findUsage(usage, busy)).toEqual({ requests: 1_204, limited: 3, requestsByHour: [1, 1_203] });
    const other = knownUsage({ ...body, data: [] });
    expect(findUsage(other, quiet)).toEqual({ requests: 0, limited: 0, requestsByHour: [] });
    for (const unknown of ['waiting', 'unknown'] as const) expect(findUsage(unknown, busy)).toBeUndefined();
  });

  it('is told in words', () => {
    expect([0, 1, 12, 1_204].map(countRequests)).toEqual(['No requests', '1 request', '12 requests', '1,204 requests']);
  });
});

describe('the bars of a usage', () => {
  const shape = { barWidth: 2, gap: 1, height: 21 };

  it('are as high as their share of the fullest hour, above a minimum', () => {
    expect(barsPath([0, 50, 100], shape)).toBe('M0 21v-1h2v1zM3 21v-11h2v11zM6 21v-21h2v21z');
  });

  it('show a single request beside a million', () => {
    expect(barsPath([1, 1_000_000], shape)).toBe('M0 21v-2h2v2zM3 21v-21h2v21z');
  });

  it('are all at the minimum without requests', () => {
    expect(barsPath([0, 0], shape)).toBe('M0 21v-1h2v1zM3 21v-1h2v1z');
  });
});

import { apiKeyIdSchema, organizationIdSchema } from '@engagetrack/contracts';
import { describe, expect, it } from '@jest/globals';
import { type CountedRequest, createUsageCounts, usageCountsMax } from './usage-counts.ts';

const noon = Date.UTC(2026, 2, 14, 12);
const organizationId = organizationIdSchema.parse('org_a');
const keyOf = (n: number) => apiKeyIdSchema.parse(`key_${n}`);
const request = (options: Partial<CountedRequest> = {}): CountedRequest => ({
  organizationId,
  keyId: keyOf(1),
  routeClass: 'analytics',
  status: 200,
  atMs: noon,
  ...options,
});

describe('the counts of usage', () => {
  it('are kept by key, minute, route class and status bucket', () => {
    const counts = createUsageCounts();
    for (const status of [200, 204, 304, 400, 404, 499, 429, 502]) counts.add(request({ status, atMs: noon + status }));
    counts.add(request({ routeClass: 'standard' }));
    counts.add(request({ keyId: keyOf(2) }));
    counts.add(request({ atMs: noon + 59_999.5 }));
    counts.add(request({ atMs: noon + 60_000 }));
    const none = { succeeded: 0, client_errors: 0, limited: 0, server_errors: 0 };
    const common = { organization_id: 'org_a', key_id: 'key_1', minute: '2026-03-14T12:00:00.000Z' };
    expect(counts.take(100)).toEqual([
      {
        ...common,
        route_class: 'analytics',
        succeeded: 4,
        client_errors: 3,
        limited: 1,
        server_errors: 1,
        last_used_at: '2026-03-14T12:00:59.999Z',
      },
      { ...common, ...none, route_class: 'standard', succeeded: 1, last_used_at: '2026-03-14T12:00:00.000Z' },
      {
        ...common,
        ...none,
        key_id: 'key_2',
        route_class: 'analytics',
        succeeded: 1,
        last_used_at: '2026-03-14T12:00:00.000Z',
      },
      {
        ...common,
        ...none,
        minute: '2026-03-14T12:01:00.000Z',
        route_class: 'analytics',
        succeeded: 1,
        last_used_at: '2026-03-14T12:01:00.000Z',
      },
    ]);
  });

  it('are taken once, the oldest first, and start from zero afterwards', () => {
    const counts = createUsageCounts();
    for (const n of [1, 2, 3]) counts.add(request({ keyId: keyOf(n) }));
    counts.add(request());
    expect(counts.take(2).map(({ key_id: id, succeeded }) => [id, succeeded])).toEqual([
      ['key_1', 2],
      ['key_2', 1],
    ]);
    counts.add(request());
    expect(counts.take(2).map(({ key_id: id, succeeded }) => [id, succeeded])).toEqual([
      ['key_3', 1],
      ['key_1', 1],
    ]);
    expect(counts.take(2)).toEqual([]);
  });

  it('have a ceiling, at which existing counts still grow', () => {
    const counts = createUsageCounts();
    const added = Array.from({ length: usageCountsMax }, (_, n) => counts.add(request({ keyId: keyOf(n) })));
    expect(added.every((isCounted) => isCounted)).toBe(true);
    expect(counts.add(request({ keyId: keyOf(usageCountsMax) }))).toBe(false);
    expect(counts.add(request({ keyId: keyOf(0), atMs: noon + 60_000 }))).toBe(false);
    expect(counts.add(request({ keyId: keyOf(0) }))).toBe(true);
    expect(counts.take(1)).toMatchObject([{ key_id: 'key_0', succeeded: 2 }]);
    expect(counts.add(request({ keyId: keyOf(usageCountsMax) }))).toBe(true);
  });
});

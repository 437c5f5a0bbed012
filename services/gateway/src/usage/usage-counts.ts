import type { ApiKeyId, OrganizationId, StatusBucket, UsageCount } from '@engagetrack/contracts';

/** One request of a recognised key. */
export interface CountedRequest {
  readonly organizationId: OrganizationId;
  readonly keyId: ApiKeyId;
  /** The policy that counted the request. */
  readonly routeClass: string;
  readonly status: number;
  /** Unix milliseconds. */
  readonly atMs: number;
}

/**
 * The counts that this gateway has not yet reported, in memory: per key, minute, route class and status bucket.
 * Counting a request costs a look-up in a map, and never waits.
 */
export interface UsageCounts {
  /**
   * @returns false when there is no room for another key, minute or route class, so that the request is not counted.
   */
  add(request: CountedRequest): boolean;
  /** Removes and returns the oldest counts, at most so many. */
  take(countsMax: number): readonly UsageCount[];
}

/** Counts, about 15 MB. More are lost: enough for a thousand keys in use for most of an hour without a key service. */
export const usageCountsMax = 50_000;

const minuteMs = 60_000;

interface Count {
  readonly organizationId: OrganizationId;
  readonly keyId: ApiKeyId;
  /** The minute's beginning, Unix milliseconds. */
  readonly minuteAtMs: number;
  readonly routeClass: string;
  readonly requests: Record<StatusBucket, number>;
  lastUsedAtMs: number;
}

export function createUsageCounts(): UsageCounts {
  // In the order of the first request of each, so oldest first.
  const counts = new Map<string, Count>();
  return {
    add: ({ organizationId, keyId, routeClass, status, atMs }) => {
      const minute = Math.floor(atMs / minuteMs);
      const name = `${keyId} ${minute} ${routeClass}`;
      let count = counts.get(name);
      if (count === undefined) {
        if (counts.size >= usageCountsMax) return false;
        const requests = { succeeded: 0, client_errors: 0, limited: 0, server_errors: 0 };
        count = { organizationId, keyId, minuteAtMs: minute * minuteMs, routeClass, requests, lastUsedAtMs: atMs };
        counts.set(name, count);
      }
      count.requests[statusBucket(status)] += 1;
      count.lastUsedAtMs = Math.max(count.lastUsedAtMs, atMs);
      return true;
    },
    take: (countsMax) => {
      const taken: UsageCount[] = [];
      for (const [name, count] of counts) {
        if (taken.length >= countsMax) break;
        counts.delete(name);
        taken.push(usageCount(count));
      }
      return taken;
    },
  };
}

function statusBucket(status: number): StatusBucket {
  if (status === 429) return 'limited';
  if (status >= 500) return 'server_errors';
  return status >= 400 ? 'client_errors' : 'succeeded';
}

function usageCount({ organizationId, keyId, minuteAtMs, routeClass, requests, lastUsedAtMs }: Count): UsageCount {
  return {
    organization_id: organizationId,
    key_id: keyId,
    minute: new Date(minuteAtMs).toISOString(),
    route_class: routeClass,
    ...requests,
    last_used_at: new Date(lastUsedAtMs).toISOString(),
  };
}

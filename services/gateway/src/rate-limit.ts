import type { RateLimitPolicy, Spent } from '@engagetrack/admission-store';
import { type Problem, rateLimited } from '@engagetrack/contracts';

/** The state of a key's quota after this request has spent its unit. */
export interface Quota {
  readonly policy: RateLimitPolicy;
  readonly spent: Spent;
}

/**
 * The quota fields of every answer to a recognised key: the published `X-RateLimit-*` fields, and `RateLimit-Policy`
 * and `RateLimit` of draft-ietf-httpapi-ratelimit-headers.
 * @returns names and values alternately; none before the request has spent its unit.
 */
export function rateLimitFields(quota: Quota | undefined): readonly string[] {
  if (quota === undefined) return [];
  const { policy, spent } = quota;
  const remaining = Math.max(0, policy.quota - spent.count);
  return [
    'X-RateLimit-Limit',
    String(policy.quota),
    'X-RateLimit-Remaining',
    String(remaining),
    'X-RateLimit-Reset',
    String(spent.windowEndMs / 1000),
    'RateLimit-Policy',
    `"${policy.name}";q=${policy.quota};w=${policy.windowSeconds}`,
    'RateLimit',
    `"${policy.name}";r=${remaining};t=${secondsUntil(spent.windowEndMs, spent.nowMs)}`,
  ];
}

function isOverQuota({ policy, spent }: Quota): boolean {
  return spent.count > policy.quota;
}

/** @returns the 429 for a spent quota, undefined within it. */
export function judgeQuota(quota: Quota): Problem | undefined {
  if (!isOverQuota(quota)) return undefined;
  const { windowEndMs, nowMs } = quota.spent;
  return rateLimited(windowEndMs / 1000, secondsUntil(windowEndMs, nowMs), { headers: { Date: dateHeader(nowMs) } });
}

/** Counts from the whole second in `Date`, so that Date + Retry-After is never before the reset. */
function secondsUntil(endMs: number, nowMs: number): number {
  return Math.max(1, endMs / 1000 - Math.floor(nowMs / 1000));
}

/** The `Date` of an answer by the admission store's clock, which also cuts the windows. */
export function dateHeader(nowMs: number): string {
  return new Date(nowMs).toUTCString();
}

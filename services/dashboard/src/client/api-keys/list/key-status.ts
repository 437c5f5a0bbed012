import type { ApiKeyRecordBody } from '@engagetrack/contracts';
import { dayMs, wholeDaysBetween } from '../../time/format.ts';

export type ListedKey = ApiKeyRecordBody;

export type KeyStatus = 'active' | 'paused' | 'expired' | 'revoked';

export interface StatusCircumstances {
  readonly nowMs: number;
  /** Whether the organization's plan includes API access. */
  readonly apiAccess: boolean;
}

export const idleDays = 30;
const expiringSoonDays = 30;
export const cautionDays = 14;
const dangerDays = 3;

export function judgeStatus(key: ListedKey, { nowMs, apiAccess }: StatusCircumstances): KeyStatus {
  if (key.revoked_at !== null) return 'revoked';
  if (isExpired(key, nowMs)) return 'expired';
  return apiAccess ? 'active' : 'paused';
}

export function isExpired({ expires_at: expiresAt }: Pick<ListedKey, 'expires_at'>, nowMs: number): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= nowMs;
}

/** Whether the key is neither revoked nor expired; the plan may still refuse its requests. */
export function isLiving(key: ListedKey, nowMs: number): boolean {
  return key.revoked_at === null && !isExpired(key, nowMs);
}

export type ExpiryUrgency = 'never' | 'later' | 'caution' | 'danger' | 'expired';

export function judgeExpiry({ expires_at: expiresAt }: ListedKey, nowMs: number): ExpiryUrgency {
  if (expiresAt === null) return 'never';
  const leftMs = Date.parse(expiresAt) - nowMs;
  if (leftMs <= 0) return 'expired';
  if (leftMs <= dangerDays * dayMs) return 'danger';
  return leftMs <= cautionDays * dayMs ? 'caution' : 'later';
}

export function isExpiringSoon(key: ListedKey, nowMs: number, withinDays = expiringSoonDays): boolean {
  if (key.expires_at === null) return false;
  const leftMs = Date.parse(key.expires_at) - nowMs;
  return leftMs > 0 && leftMs <= withinDays * dayMs;
}

/** Whole days since the key's last use or its creation; undefined below 30. */
export function idleForDays(key: ListedKey, nowMs: number): number | undefined {
  const days = wholeDaysBetween(Date.parse(key.last_used_at ?? key.created_at), nowMs);
  return days >= idleDays ? days : undefined;
}

/** Whether a client probably uses the key now, so that revoking it asks for the key's name. */
export function isUsedWithinADay({ last_used_at: lastUsedAt }: ListedKey, nowMs: number): boolean {
  return lastUsedAt !== null && nowMs - Date.parse(lastUsedAt) < dayMs;
}

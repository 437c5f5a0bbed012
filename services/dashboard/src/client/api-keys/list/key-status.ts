import type { ApiKeyBody } from '@engagetrack/contracts';
import { dayMs, wholeDaysBetween } from '../../time/format.ts';

/** A key of the list, or one that was revoked while the page was open and stays in sight. */
export type ListedKey = ApiKeyBody & { readonly revoked_at?: string };

export type KeyStatus = 'active' | 'paused' | 'expired' | 'revoked';

export interface StatusCircumstances {
  readonly nowMs: number;
  /** Whether the organization's plan includes API access. */
  readonly apiAccess: boolean;
}

export const idleDays = 30;
const expiringSoonDays = 30;
const cautionDays = 14;
const dangerDays = 3;

export function judgeStatus(key: ListedKey, { nowMs, apiAccess }: StatusCircumstances): KeyStatus {
  if (key.revoked_at !== undefined) return 'revoked';
  if (key.expires_at !== null && Date.parse(key.expires_at) <= nowMs) return 'expired';
  return apiAccess ? 'active' : 'paused';
}

export type ExpiryUrgency = 'never' | 'later' | 'caution' | 'danger' | 'expired';

export function judgeExpiry({ expires_at: expiresAt }: ApiKeyBody, nowMs: number): ExpiryUrgency {
  if (expiresAt === null) return 'never';
  const leftMs = Date.parse(expiresAt) - nowMs;
  if (leftMs <= 0) return 'expired';
  if (leftMs <= dangerDays * dayMs) return 'danger';
  return leftMs <= cautionDays * dayMs ? 'caution' : 'later';
}

export function isExpiringSoon({ expires_at: expiresAt }: ApiKeyBody, nowMs: number): boolean {
  if (expiresAt === null) return false;
  const leftMs = Date.parse(expiresAt) - nowMs;
  return leftMs > 0 && leftMs <= expiringSoonDays * dayMs;
}

/** For how many days a key was of no use to anybody; undefined below thirty. */
export function idleForDays(key: ApiKeyBody, nowMs: number): number | undefined {
  const days = wholeDaysBetween(Date.parse(key.last_used_at ?? key.created_at), nowMs);
  return days >= idleDays ? days : undefined;
}

/** Whether somebody may be relying on the key right now, so that revoking it takes a second thought. */
export function isUsedWithinADay({ last_used_at: lastUsedAt }: ApiKeyBody, nowMs: number): boolean {
  return lastUsedAt !== null && nowMs - Date.parse(lastUsedAt) < dayMs;
}

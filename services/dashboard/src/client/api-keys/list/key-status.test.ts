import { apiKeyRecordSchema } from '@engagetrack/contracts';
import { describe, expect, it } from '@jest/globals';
import { dayMs, hourMs } from '../../time/format.ts';
import { idleForDays, isExpiringSoon, isLiving, isUsedWithinADay, judgeExpiry, judgeStatus } from './key-status.ts';

const nowMs = Date.UTC(2026, 10, 24, 12);
const at = (deltaMs: number): string => new Date(nowMs + deltaMs).toISOString();
const keyWith = (fields: Readonly<Record<string, unknown>>) =>
  apiKeyRecordSchema.parse({
    id: 'key_a',
    name: 'Data warehouse sync',
    preview: 'et_live_...c5d6',
    scopes: ['sites:read'],
    created_at: at(-1 * dayMs),
    expires_at: null,
    last_used_at: null,
    created_by: { id: 'usr_a', name: 'Ada' },
    revoked_at: null,
    ...fields,
  });

describe('the state of a key', () => {
  it('is the most final one that applies', () => {
    const here = { nowMs, apiAccess: true };
    expect(judgeStatus(keyWith({}), here)).toBe('active');
    expect(judgeStatus(keyWith({}), { ...here, apiAccess: false })).toBe('paused');
    expect(judgeStatus(keyWith({ expires_at: at(0) }), { ...here, apiAccess: false })).toBe('expired');
    expect(judgeStatus({ ...keyWith({ expires_at: at(-1) }), revoked_at: at(-5) }, here)).toBe('revoked');
  });

  it('is living until it is revoked or expired', () => {
    const living = [
      keyWith({}),
      keyWith({ expires_at: at(1) }),
      keyWith({ expires_at: at(0) }),
      keyWith({ revoked_at: at(-1) }),
    ].map((key) => isLiving(key, nowMs));
    expect(living).toEqual([true, true, false, false]);
  });

  it('gets more urgent within 14 and within 3 days of its end', () => {
    const urgencyOf = (deltaMs: number | undefined) =>
      judgeExpiry(keyWith({ expires_at: deltaMs === undefined ? null : at(deltaMs) }), nowMs);
    expect([undefined, 15 * dayMs, 14 * dayMs, 3 * dayMs + 1, 3 * dayMs, 1, 0].map(urgencyOf)).toEqual([
      'never',
      'later',
      'caution',
      'caution',
      'danger',
      'danger',
      'expired',
    ]);
    expect([30 * dayMs, 30 * dayMs + 1, 0].map((ms) => isExpiringSoon(keyWith({ expires_at: at(ms) }), nowMs))).toEqual(
      [true, false, false],
    );
  });

  it('is idle after 30 days without use, counted from its creation when it was never used', () => {
    expect(idleForDays(keyWith({ last_used_at: at(-45 * dayMs) }), nowMs)).toBe(45);
    expect(idleForDays(keyWith({ last_used_at: at(-30 * dayMs + 1) }), nowMs)).toBeUndefined();
    expect(idleForDays(keyWith({ created_at: at(-31 * dayMs) }), nowMs)).toBe(31);
    expect(idleForDays(keyWith({}), nowMs)).toBeUndefined();
  });

  it('asks for its name before revoking when it was used within a day', () => {
    expect(isUsedWithinADay(keyWith({ last_used_at: at(-23 * hourMs) }), nowMs)).toBe(true);
    expect(isUsedWithinADay(keyWith({ last_used_at: at(-24 * hourMs) }), nowMs)).toBe(false);
    expect(isUsedWithinADay(keyWith({}), nowMs)).toBe(false);
  });
});

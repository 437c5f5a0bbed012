import { describe, expect, it } from '@jest/globals';
import { dayMs, formatAgo, formatRelative, hourMs, minuteMs } from './format.ts';

const nowMs = Date.UTC(2026, 10, 24, 12);

describe('formatRelative', () => {
  it('says how long ago, or in how long', () => {
    const said = [-3 * minuteMs, -1 * hourMs, -45 * dayMs, 12 * dayMs, 90 * dayMs - 1, 240 * dayMs, 365 * dayMs].map(
      (deltaMs) => formatRelative(nowMs + deltaMs, nowMs),
    );
    expect(said).toEqual([
      '3 minutes ago',
      '1 hour ago',
      '45 days ago',
      'in 12 days',
      'in 90 days',
      'in 8 months',
      'in 1 year',
    ]);
  });

  it('counts no seconds', () => {
    expect(formatRelative(nowMs - 59_000, nowMs)).toBe('just now');
    expect(formatRelative(nowMs + 59_000, nowMs)).toBe('in less than a minute');
  });

  it('shows no past instant as future when the clock is behind', () => {
    expect(formatAgo(nowMs + 5 * minuteMs, nowMs)).toBe('just now');
    expect(formatAgo(nowMs - 5 * minuteMs, nowMs)).toBe('5 minutes ago');
  });
});

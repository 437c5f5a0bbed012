import { describe, expect, it } from '@jest/globals';
import { datesOf, dayOf, instant, previousRange, rangeOfPeriod } from './calendar.ts';

const nowMs = Date.UTC(2026, 2, 14, 12, 34, 56, 789);

describe('a period', () => {
  it('ends with today, counted up to the last full hour', () => {
    const range = rangeOfPeriod('7d', nowMs);
    expect(datesOf(range)).toEqual({ from: '2026-03-08', to: '2026-03-14' });
    expect(range.days).toHaveLength(7);
    expect(instant(range.asOfMs)).toBe('2026-03-14T12:00:00Z');
  });

  it('follows its predecessor without a gap or an overlap, cut at the same hour', () => {
    const range = rangeOfPeriod('30d', nowMs);
    const previous = previousRange(range);
    expect(datesOf(range)).toEqual({ from: '2026-02-13', to: '2026-03-14' });
    expect(datesOf(previous)).toEqual({ from: '2026-01-14', to: '2026-02-12' });
    expect(instant(previous.asOfMs)).toBe('2026-02-12T12:00:00Z');
  });

  it('belongs to the new day from midnight UTC on', () => {
    const midnight = Date.UTC(2026, 2, 15);
    expect(dayOf(midnight - 1)).toBe(dayOf(midnight) - 1);
    expect(datesOf(rangeOfPeriod('90d', midnight - 1)).to).toBe('2026-03-14');
    expect(datesOf(rangeOfPeriod('90d', midnight)).to).toBe('2026-03-15');
  });
});

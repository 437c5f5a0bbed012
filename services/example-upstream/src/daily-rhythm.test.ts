import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dayMs, hourMs } from './calendar.ts';
import { shareOfDay, timeOfShare } from './daily-rhythm.ts';

describe('the rhythm of a day', () => {
  it('runs from 0 to 1 and never back', () => {
    expect(shareOfDay(-1)).toBe(0);
    expect(shareOfDay(0)).toBe(0);
    expect(shareOfDay(dayMs)).toBe(1);
    expect(shareOfDay(5 * dayMs)).toBe(1);
    for (let hour = 0; hour < 24; hour += 1)
      expect(shareOfDay((hour + 1) * hourMs)).toBeGreaterThan(shareOfDay(hour * hourMs));
  });

  it('puts the afternoon above the night', () => {
    const within = (hour: number): number => shareOfDay((hour + 1) * hourMs) - shareOfDay(hour * hourMs);
    expect(within(15)).toBeGreaterThan(3 * within(3));
  });

  it('is undone by the time of a share', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999_999, noNaN: true }), (share) => {
        const timeMs = timeOfShare(share);
        expect(timeMs >= 0 && timeMs < dayMs).toBe(true);
        expect(shareOfDay(timeMs)).toBeLessThanOrEqual(share + 1e-9);
        expect(shareOfDay(timeMs + 1)).toBeGreaterThanOrEqual(share - 1e-9);
      }),
    );
  });
});

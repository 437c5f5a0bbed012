import { describe, expect, it } from '@jest/globals';
import { hourMs, parseUsageSpan, type UsageParameters } from './usage-span.ts';

const nowMs = Date.UTC(2026, 2, 14, 12, 34, 56, 789);
const spanOf = (parameters: UsageParameters) => {
  const { fromMs, toMs } = parseUsageSpan(parameters, nowMs);
  return [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
};
const refusalOf = (parameters: UsageParameters): string => {
  try {
    parseUsageSpan(parameters, nowMs);
    return 'accepted';
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
};
const form = 'must be a date and time with a zone as in RFC 3339, such as 2027-01-31T12:00:00Z';

describe('the span of a usage', () => {
  it('is the current hour and the 23 before it without parameters', () => {
    expect(spanOf({})).toEqual(['2026-03-13T13:00:00.000Z', '2026-03-14T13:00:00.000Z']);
    expect(spanOf({ bucket: 'hour' })).toEqual(spanOf({}));
  });

  it('is the full hours that the two instants touch, in any zone', () => {
    expect(spanOf({ from: '2026-03-14T09:59:59Z', to: '2026-03-14T10:00:01+00:00' })).toEqual([
      '2026-03-14T09:00:00.000Z',
      '2026-03-14T11:00:00.000Z',
    ]);
    expect(spanOf({ from: '2026-03-14T15:30:00+05:30', to: '2026-03-14T11:00:00Z' })).toEqual([
      '2026-03-14T10:00:00.000Z',
      '2026-03-14T11:00:00.000Z',
    ]);
  });

  it('reaches back 24 full hours and not one more, whichever parameter is given', () => {
    expect(spanOf({ from: '2026-03-13T12:00:00Z' })[0]).toBe('2026-03-13T12:00:00.000Z');
    expect(refusalOf({ from: '2026-03-13T11:59:59Z' })).toBe('from must be within the last 24 hours');
    expect(spanOf({ to: '2026-03-14T06:00:00Z' })).toEqual(['2026-03-13T12:00:00.000Z', '2026-03-14T06:00:00.000Z']);
    expect(refusalOf({ to: '2026-03-13T12:00:00Z' })).toBe('from must be before to');
  });

  it('ends with the current hour, also when a caller’s clock is ahead within it', () => {
    expect(spanOf({ to: '2026-03-14T13:00:00Z' })[1]).toBe('2026-03-14T13:00:00.000Z');
    expect(refusalOf({ to: '2026-03-14T13:00:01Z' })).toBe('to must not be later than the current hour');
  });

  it.each([
    '',
    'yesterday',
    '2026-03-14',
    '2026-03-14T10:00Z',
    '2026-03-14T10:00:00',
    '2026-02-30T10:00:00Z',
    5,
    ['a'],
  ])('refuses %j as an instant, by name', (value) => {
    expect(refusalOf({ from: value })).toBe(`from ${form}`);
    expect(refusalOf({ to: value })).toBe(`to ${form}`);
  });

  it('refuses an empty or reversed span, and every bucket but an hour', () => {
    expect(refusalOf({ from: '2026-03-14T11:00:00Z', to: '2026-03-14T11:00:00Z' })).toBe('from must be before to');
    expect(refusalOf({ from: '2026-03-14T12:00:00Z', to: '2026-03-14T10:00:00Z' })).toBe('from must be before to');
    for (const bucket of ['day', '', 'HOUR', ['hour'], 'constructor'])
      expect(refusalOf({ bucket })).toBe('bucket must be hour');
  });

  it('never has more than 25 buckets', () => {
    const { fromMs, toMs } = parseUsageSpan({ from: '2026-03-13T12:00:00Z', to: '2026-03-14T13:00:00Z' }, nowMs);
    expect((toMs - fromMs) / hourMs).toBe(25);
  });
});

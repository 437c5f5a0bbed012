import { usageBuckets } from '@engagetrack/contracts';
import { instantSchema } from './instant-input.ts';
import { invalidInput } from './read-body.ts';

export const hourMs = 3_600_000;

/** Hours. Besides the current hour, this many full ones are kept; older ones are removed. */
export const fullHoursKept = 24;

/** Unix milliseconds, both at full hours; `toMs` is the end of the last hour. */
export interface UsageSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Parameters of a request, not yet validated. */
export type UsageParameters = Readonly<Partial<Record<'from' | 'to' | 'bucket', unknown>>>;

const instant = instantSchema('');

/** The current hour and the 23 before it. */
export function lastDay(nowMs: number): UsageSpan {
  const toMs = hourOf(nowMs) + hourMs;
  return { fromMs: toMs - 24 * hourMs, toMs };
}

/** The beginning of the oldest hour that is kept. */
export function oldestKeptMs(nowMs: number): number {
  return hourOf(nowMs) - fullHoursKept * hourMs;
}

/** The beginning of the UTC hour that contains this instant. */
export function hourOf(instantMs: number): number {
  return Math.floor(instantMs / hourMs) * hourMs;
}

/**
 * Parses `from` and `to` into the full hours that they touch; without them into the last day.
 * @throws Problem 400 with one sentence that names the parameter.
 */
export function parseUsageSpan({ from, to, bucket }: UsageParameters, nowMs: number): UsageSpan {
  if (bucket !== undefined && !usageBuckets.some((known) => known === bucket))
    throw invalidInput(`bucket must be ${usageBuckets.join(' or ')}`);
  const oldestMs = oldestKeptMs(nowMs);
  const latest = lastDay(nowMs);
  const endMs = to === undefined ? latest.toMs : parseInstant('to', to);
  // A caller's clock may be ahead of ours, so any instant within the current hour is accepted.
  if (endMs > latest.toMs) throw invalidInput('to must not be later than the current hour');
  const toMs = hourOf(endMs - 1) + hourMs;
  const fromMs = from === undefined ? Math.max(oldestMs, toMs - 24 * hourMs) : hourOf(parseInstant('from', from));
  if (fromMs < oldestMs) throw invalidInput(`from must be within the last ${fullHoursKept} hours`);
  if (fromMs >= toMs) throw invalidInput('from must be before to');
  return { fromMs, toMs };
}

function parseInstant(name: string, value: unknown): number {
  const parsed = instant.safeParse(value);
  if (!parsed.success)
    throw invalidInput(`${name} must be a date and time with a zone as in RFC 3339, such as 2027-01-31T12:00:00Z`);
  return parsed.data.getTime();
}

import { dayMs } from '../../time/format.ts';

export const expiryPresets = ['30_days', '90_days', '1_year', 'custom', 'never'] as const;
export type ExpiryPreset = (typeof expiryPresets)[number];

export const expiryNames: Readonly<Record<ExpiryPreset, string>> = {
  '30_days': '30 days',
  '90_days': '90 days',
  '1_year': '1 year',
  custom: 'Custom date',
  never: 'Never',
};

const presetDays: Readonly<Partial<Record<ExpiryPreset, number>>> = { '30_days': 30, '90_days': 90, '1_year': 365 };

export interface ExpiryChoice {
  readonly preset: ExpiryPreset;
  /** `2027-01-31`, as in a date field; only for the custom preset. */
  readonly date: string;
}

/** @returns the instant that a choice means, null for never, undefined while the choice is incomplete. */
export function expiryInstant({ preset, date }: ExpiryChoice, nowMs: number): Date | null | undefined {
  if (preset === 'never') return null;
  const days = presetDays[preset];
  if (days !== undefined) return new Date(nowMs + days * dayMs);
  const end = endOfDay(date);
  return end !== undefined && end.getTime() > nowMs ? end : undefined;
}

/** The current day of UTC, the earliest custom date, in the form of a date field. */
export function firstCustomDate(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 'yyyy-mm-dd'.length);
}

/** @returns the end of a day of UTC; undefined for a text that is no day. */
function endOfDay(date: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(date)) return undefined;
  const end = new Date(`${date}T23:59:59Z`);
  return Number.isNaN(end.getTime()) || !end.toISOString().startsWith(date) ? undefined : end;
}

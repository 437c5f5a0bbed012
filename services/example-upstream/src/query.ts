import { Problem } from '@engagetrack/contracts';
import { z } from 'zod';
import { type Period, periods } from './calendar.ts';

export interface ReportQuery {
  readonly period: Period;
  readonly limit: number;
  /** Counted from 1. */
  readonly page: number;
}

export interface Page<Row> {
  readonly data: readonly Row[];
  readonly page: number;
  readonly limit: number;
  /** Rows on all pages together. */
  readonly total: number;
}

const limitMax = 1_000;
const defaultLimit = 100;
const pageMax = 1_000_000;

const reportQuerySchema = z.object({
  period: z.enum(periods, { error: `period must be one of ${periods.join(', ')}` }).default('30d'),
  limit: wholeNumber('limit', limitMax).default(defaultLimit),
  page: wholeNumber('page', pageMax).default(1),
});

/**
 * Reads `?period`, `?limit` and `?page`; any other parameter is ignored.
 * @throws Problem 400 with one sentence on the first parameter that is wrong.
 */
export function parseReportQuery(query: unknown): ReportQuery {
  const parsed = reportQuerySchema.safeParse(query);
  if (parsed.success) return parsed.data;
  throw new Problem('invalid_input', { text: parsed.error.issues[0]?.message ?? 'The query is not valid' });
}

/** The rows of one page. A page past the end is empty. */
export function pageOf<Row>(rows: readonly Row[], { limit, page }: ReportQuery): Page<Row> {
  return { data: rows.slice((page - 1) * limit, page * limit), page, limit, total: rows.length };
}

function wholeNumber(name: string, max: number) {
  const error = `${name} must be a whole number from 1 to ${max}`;
  return z
    .string({ error })
    .regex(/^[0-9]{1,7}$/, { error })
    .transform(Number)
    .pipe(z.number().min(1, { error }).max(max, { error }));
}

import { Problem } from '@engagetrack/contracts';
import type { z } from 'zod';
import type { Site } from '../site.ts';

/** One request below a site, with its parsed parts. */
export interface SiteCall {
  readonly site: Site;
  /** The id that follows in the path, such as a goal's; empty in a route without one. */
  readonly id: string;
  readonly query: unknown;
  /** Parsed JSON, or undefined without a body. */
  readonly body: unknown;
  /** The path as it was requested, for `Location`. */
  readonly path: string;
}

export interface Answer {
  readonly status: 200 | 201 | 204;
  readonly body?: object;
  readonly location?: string;
}

/** A route below `/organizations/{organizationId}/sites/{siteId}`. */
export interface SiteRoute {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** `:id` (or `*id` for the rest of the path) stands for an id in the path. */
  readonly path: string;
  readonly answer: (call: SiteCall) => Answer;
}

export function ok(body: object): Answer {
  return { status: 200, body };
}

/** 201 with the address of the new resource. */
export function created(body: { readonly id: string }, { path }: SiteCall): Answer {
  return { status: 201, body, location: `${path}/${body.id}` };
}

export const noContent: Answer = { status: 204 };

/** The item with this id. @throws Problem 404. */
export function findById<Row extends { readonly id: string }>(rows: readonly Row[], id: string): Row {
  const row = rows.find((candidate) => candidate.id === id);
  if (row === undefined) throw new Problem('not_found');
  return row;
}

/**
 * Parses the body with the schema; unknown members are dropped.
 * @throws Problem 400 with one sentence on the first faulty member.
 */
export function parseBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Problem('invalid_input', { text: 'The body must be a JSON object sent as application/json' });
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new Problem('invalid_input', { text: parsed.error.issues[0]?.message ?? 'The body is not valid' });
}

/** Refuses one more item when a site has its maximum. @throws Problem 400. */
export function refuseBeyond(max: number, rows: readonly unknown[], plural: string): void {
  if (rows.length >= max)
    throw new Problem('invalid_input', { text: `A site has at most ${max} ${plural}; delete one first` });
}

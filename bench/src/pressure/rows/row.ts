import type { Faults } from '../bounds.ts';
import type { Latency } from '../latency.ts';
import type { GoodTask, LoadTask } from '../load-messages.ts';
import type { Ground } from '../start-ground.ts';

export type Row = Flood | Trial;

/** An attack beside good callers, whose latencies are judged by bounds. */
export interface Flood {
  readonly kind: 'flood';
  readonly what: string;
  /** The length of one attack. */
  readonly seconds: number;
  readonly secondsShort: number;
  readonly bounds: Latency;
  /** The good callers of this row; the usual ones when absent. */
  good?(ground: Ground): GoodTask;
  task(ground: Ground): LoadTask;
  /** The most look-ups that the attacks so far may cause. */
  lookUpsMax(attacks: Attacks): number;
  /** The reason why the attack failed the row; undefined when it passed. */
  complaint(counts: Counts): string | undefined;
  /** The result of the attack, for people. */
  describe(counts: Counts, seconds: number): string;
}

export type Counts = Readonly<Record<string, number>>;

/** The attacks of a row so far. */
export interface Attacks {
  readonly count: number;
  readonly seconds: number;
  readonly counts: Counts;
}

/** A course of events with a judgement of its own. */
export interface Trial {
  readonly kind: 'trial';
  readonly what: string;
  /** What must hold, for the table. */
  readonly promise: string;
  run(ground: Ground, isShort: boolean): Promise<Finding>;
}

export interface Finding extends Faults {
  /** What was measured, for the table. */
  readonly measured: string;
}

export const organization = '/api/v1/organizations/org_demo';
export const sites = `${organization}/sites`;
export const stats = `${organization}/sites/site_1/analytics/stats`;
export const annotations = `${organization}/sites/site_1/annotations`;

export function answersIn(counts: Counts): string {
  const answered = Object.entries(counts).filter(([name]) => name.startsWith('answered'));
  return answered.map(([name, count]) => `${count} × ${name.slice('answered '.length)}`).join(', ');
}

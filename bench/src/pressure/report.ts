import { tableOf } from '@engagetrack/test-ground';
import type { Disturbance, Verdict } from './bounds.ts';
import type { Latency } from './latency.ts';
import type { FloodFigures } from './measure-flood.ts';

export interface RowResult {
  readonly what: string;
  /** What was seen, for people. */
  readonly measured: string;
  readonly disturbance: Disturbance;
  readonly verdict: Verdict;
  /** Of a flood. */
  readonly figures?: FloodFigures;
}

const headings = [
  'good requests, p50 / p99 in ms',
  'before',
  'during',
  'bound',
  '5 s after',
  'core busy, %',
  'RSS growth, MiB',
  'look-ups / cap',
  'other work, cores',
];

/** No line when no flood was measured. */
export function floodTable(results: readonly RowResult[]): readonly string[] {
  if (results.every(({ figures }) => figures === undefined)) return [];
  return tableOf([
    headings,
    ...results.flatMap(({ what, figures, disturbance }) =>
      figures === undefined ? [] : [[what, ...cellsOf(figures), (disturbance.othersCores ?? Number.NaN).toFixed(1)]],
    ),
  ]);
}

function cellsOf({ before, during, bounds, after, busy, grownMiB, lookUps, lookUpsMax }: FloodFigures): string[] {
  return [
    both(before),
    both(during),
    both(bounds, 0),
    both(after),
    `${(busy.before * 100).toFixed(0)} / ${(busy.during * 100).toFixed(0)}`,
    grownMiB.toFixed(0),
    `${lookUps} / ${Math.round(lookUpsMax)}`,
  ];
}

export function rowLine({ what, measured, verdict }: RowResult): string {
  return `${what}: ${measured} -- ${said(verdict)}`;
}

function said(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'passed':
      return 'passed';
    case 'failed':
      return `FAILED: ${verdict.complaints.join('; ')}`;
    case 'not_judged':
      return `machine too busy to judge: ${verdict.because}; ${verdict.complaints.join('; ')}`;
  }
}

export function sumLine(results: readonly RowResult[]): string {
  const count = (kind: Verdict['kind']) => results.filter(({ verdict }) => verdict.kind === kind).length;
  const notJudged = count('not_judged');
  return `${count('passed')} passed, ${count('failed')} failed${notJudged === 0 ? '' : `, ${notJudged} not judged on this busy machine`}`;
}

function both({ p50Ms, p99Ms }: Latency, digits = 1): string {
  return `${p50Ms.toFixed(digits)} / ${p99Ms.toFixed(digits)}`;
}

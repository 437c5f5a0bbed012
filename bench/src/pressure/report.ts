import { tableOf } from '@engagetrack/test-ground';
import type { Latency, RowResult } from './measure-row.ts';

const headings = [
  'pressure',
  'good p50 / p99 before, ms',
  'during',
  'ratio',
  'control',
  'core busy, %',
  'RSS growth, MiB',
  'look-ups / cap',
];

export function pressureTable(results: readonly RowResult[]): readonly string[] {
  return tableOf([
    headings,
    ...results.map(({ row, quiet, pressed, ratio, controlRatio, busy, grownMiB, lookUps, lookUpsMax }) => [
      row.what,
      both(quiet),
      both(pressed),
      both(ratio),
      both(controlRatio),
      `${(busy.quiet * 100).toFixed(0)} / ${(busy.pressed * 100).toFixed(0)}`,
      grownMiB.toFixed(0),
      `${lookUps} / ${Math.round(lookUpsMax)}`,
    ]),
  ]);
}

export function rowLine({ row, described, attackSeconds, complaints }: RowResult): string {
  const verdict = complaints.length === 0 ? 'passed' : `FAILED: ${complaints.join('; ')}`;
  return `${row.what}, ${attackSeconds.toFixed(0)} s: ${described} -- ${verdict}`;
}

function both({ p50Ms, p99Ms }: Latency): string {
  return `${p50Ms.toFixed(2)} / ${p99Ms.toFixed(2)}`;
}

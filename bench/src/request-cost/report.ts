import { isResolved, ratiosOf, type Spread, spreadOf } from '../load-kit/statistics.ts';
import type { LoadResult } from './load-messages.ts';
import { cpuPerRequest, type Measurement, type Rounds, rate } from './measure.ts';

/** One quantity of both proxies, and the gateway's value divided by the pass-through's of the same round. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly gateway: Spread;
  readonly passThrough: Spread;
  readonly ratio: Spread;
  /** Whether the ratio is more than noise. */
  readonly resolved: boolean;
}

const bytesPerMib = 2 ** 20;

export function reportRows({ saturation, fixedRate, requestsPerSecond }: Measurement): readonly Row[] {
  const atRate = `at ${requestsPerSecond} requests/s`;
  return [
    row('CPU per request, saturated', 'µs', saturation, cpuPerRequest),
    row('requests/s, saturated', '', saturation, rate),
    row('core busy, saturated', '%', saturation, ({ cpuUs, wallMs }) => (cpuUs / wallMs) * 0.1),
    row('resident memory, saturated', 'MiB', saturation, ({ residentBytes }) => residentBytes / bytesPerMib),
    row(`CPU per request ${atRate}`, 'µs', fixedRate, cpuPerRequest),
    row(`p50 ${atRate}`, 'ms', fixedRate, ({ p50Ms }) => p50Ms),
    row(`p99 ${atRate}`, 'ms', fixedRate, ({ p99Ms }) => p99Ms),
  ];
}

function row(what: string, unit: string, rounds: Rounds, quantity: (result: LoadResult) => number): Row {
  const gateway = rounds.gateway.map(quantity);
  const passThrough = rounds.passThrough.map(quantity);
  const ratio = spreadOf(ratiosOf(gateway, passThrough));
  return {
    what,
    unit,
    gateway: spreadOf(gateway),
    passThrough: spreadOf(passThrough),
    ratio,
    resolved: isResolved(ratio),
  };
}

/** The rows as a table of fixed columns: minimum, median, maximum each. */
export function formatRows(rows: readonly Row[]): string {
  const cells = rows.map(({ what, unit, gateway, passThrough, ratio, resolved }) => [
    unit === '' ? what : `${what}, ${unit}`,
    formatSpread(gateway),
    formatSpread(passThrough),
    `${formatSpread(ratio, 2)}${resolved ? '' : '  not resolved'}`,
  ]);
  const table = [['minimum / median / maximum', 'gateway', 'pass-through', 'ratio of the same round'], ...cells];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  return table.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')).join('\n');
}

function formatSpread({ min, median, max }: Spread, decimals = median < 10 ? 2 : 0): string {
  return [min, median, max].map((value) => value.toFixed(decimals)).join(' / ');
}

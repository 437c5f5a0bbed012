import { isResolved, ratiosOf, type Spread, spreadOf } from '../load-kit/statistics.ts';
import { cpuPerRequest, type Measurement, type Round, type Rounds, rate } from './measure.ts';

/** One quantity of one proxy, and its value divided by the unit's of the same round. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly proxy: string;
  readonly value: Spread;
  /** Undefined for the unit itself. */
  readonly ratio: Spread | undefined;
  /** Whether the ratio is more than noise. */
  readonly isRatioResolved: boolean;
}

type Quantity = (round: Round) => number | undefined;

const bytesPerKb = 1_000;
const bytesPerMib = 2 ** 20;

/** The first proxy of each is the unit. */
export function reportRows({ saturation, fixedRate, requestsPerSecond }: Measurement): readonly Row[] {
  const atRate = `at ${requestsPerSecond} requests/s`;
  return [
    ...rowsOf('CPU per request, saturated', 'µs', saturation, cpuPerRequest),
    ...rowsOf('requests/s, saturated', '', saturation, rate),
    ...rowsOf('core busy, saturated', '%', saturation, ({ cpuUs, wallMs }) => (cpuUs / wallMs) * 0.1),
    ...rowsOf('allocated per request', 'KB', saturation, ({ allocatedBytes: bytes }) => bytes && bytes / bytesPerKb),
    ...rowsOf('grown old per request', 'KB', saturation, ({ grownOldBytes: bytes }) => bytes && bytes / bytesPerKb),
    ...rowsOf('resident memory, saturated', 'MiB', saturation, ({ residentBytes }) => residentBytes / bytesPerMib),
    ...rowsOf(`CPU per request ${atRate}`, 'µs', fixedRate, cpuPerRequest),
    ...rowsOf(`p50 ${atRate}`, 'ms', fixedRate, ({ p50Ms }) => p50Ms),
    ...rowsOf(`p99 ${atRate}`, 'ms', fixedRate, ({ p99Ms }) => p99Ms),
  ];
}

/** A proxy whose rounds do not all tell the quantity has no row. */
function rowsOf(what: string, unit: string, rounds: Rounds, quantity: Quantity): readonly Row[] {
  const valuesOf = (results: readonly Round[]) => results.flatMap((round) => quantity(round) ?? []);
  const [unitRounds = []] = rounds.values();
  const references = valuesOf(unitRounds);
  return [...rounds].flatMap(([proxy, results]) => {
    const values = valuesOf(results);
    if (values.length < results.length) return [];
    const isUnit = results === unitRounds || references.length < results.length;
    const ratio = isUnit ? undefined : spreadOf(ratiosOf(values, references));
    return [
      { what, unit, proxy, value: spreadOf(values), ratio, isRatioResolved: ratio !== undefined && isResolved(ratio) },
    ];
  });
}

/** The rows as a Markdown table: minimum, median, maximum each. */
export function formatRows(rows: readonly Row[]): string {
  const cells = rows.map(({ what, unit, proxy, value, ratio, isRatioResolved }, n) => [
    rows[n - 1]?.what === what ? '' : unit === '' ? what : `${what}, ${unit}`,
    proxy,
    formatSpread(value),
    formatRatio(ratio, isRatioResolved),
  ]);
  const table = [['minimum / median / maximum', 'proxy', 'value', 'ratio of the same round'], ...cells];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  const lineOf = (line: readonly string[]): string =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = table;
  return [lineOf(head), lineOf(widths.map((width) => '-'.repeat(width))), ...body.map(lineOf)].join('\n');
}

function formatRatio(ratio: Spread | undefined, isRatioResolved: boolean): string {
  if (ratio === undefined) return '1';
  return isRatioResolved ? formatSpread(ratio, 2) : 'not resolved';
}

function formatSpread({ min, median, max }: Spread, decimals = median < 10 ? 2 : 0): string {
  return [min, median, max].map((value) => value.toFixed(decimals)).join(' / ');
}

import { type ProcessExit, startProcess } from '@engagetrack/test-ground';
import { describeWithOwnPostgres } from '@engagetrack/test-ground/stores';
import { describe, expect, it } from '@jest/globals';
import { nameOf } from '../src/failpoints/failpoint.ts';
import { failpoints } from '../src/failpoints/failpoints.ts';

const runDeadlineMs = 170_000;

/** The whole proof takes minutes; this is its shortest form, so that a broken promise is noticed the same day. */
describe('the proof (Redis)', () => {
  describeWithOwnPostgres('in its shortest form', () => {
    it(
      'sees no revoked key admitted when Redis is killed, restarts empty or is flushed',
      async () => {
        const faults = ['F02.redis-kill', 'F04.restart-empty', 'F04.flushall'];
        const run = await prove(faults);
        const rows = run.table.filter(({ row }) => faults.includes(row ?? ''));
        expect(rows.map(({ row }) => row)).toEqual(faults);
        for (const row of rows) {
          expect(row).toMatchObject({ stale: '0', 'false denials': '0', lost: '0', risen: '0', revoked: '13' });
          expect(Number(row['sent after'])).toBeGreaterThan(13 * 4);
        }
        expect(run.failures).toEqual([]);
        expect(run.lastLine).toMatch(/^\d+ passed, 0 failed$/);
      },
      runDeadlineMs,
    );

    it(
      'sees the revoked keys come back when somebody takes their markers away',
      async () => {
        const { table, failures, exit } = await prove(['C01.markers-gone']);
        expect(table).toHaveLength(1);
        expect(Number(table[0]?.stale)).toBeGreaterThan(0);
        expect(failures.join('\n')).toContain('FAILED C01.markers-gone: no stale admits, but: ');
        expect(exit).toEqual({ code: 1, signal: null });
      },
      runDeadlineMs,
    );

    it(
      'sees nothing lost and nothing half done when a key service is killed once at each step of its calls',
      async () => {
        const run = await runProve('--no-rounds', '--cycles', String(failpoints.length));
        const rows = readTable(run.lines, 'killed', ({ killed }) => /^(create|DELETE): /.test(killed ?? ''));
        expect(rows.map(({ killed, kills, violations }) => [killed, kills, violations])).toEqual(
          failpoints.map((failpoint) => [nameOf(failpoint), '1', '0']),
        );
        expect(run.failures).toEqual([]);
        expect(run.exit).toEqual({ code: 0, signal: null });
      },
      runDeadlineMs,
    );

    it.each(['rowBeforeSnapshot', 'fallbackReadAfterArrival'])(
      'sees a revoked key admitted when the rule %s is taken out of the product, and none with all rules',
      async (rule) => {
        const run = await runProve('--no-rounds', '--without-rules', '--rule', rule);
        expect(run.lines.filter((line) => line.startsWith('with all rules: '))).toEqual([
          expect.stringMatching(/: nothing seen$/),
        ]);
        expect(run.lines.filter((line) => line.startsWith(`without ${rule} `))).toEqual([
          expect.stringMatching(/: seen in round \d of .*: stale_admit: gateway \d answered 200 to a request/),
        ]);
        expect(run.failures).toEqual([]);
      },
      runDeadlineMs,
    );
  });
});

interface Run {
  readonly exit: ProcessExit;
  /** A row each, by heading. */
  readonly table: readonly Row[];
  readonly failures: readonly string[];
  readonly lastLine: string | undefined;
}

type Row = Readonly<Record<string, string | undefined>>;

async function prove(faults: readonly string[]): Promise<Run> {
  // A busy machine may let Redis wait; that must not look like a Redis in trouble here.
  const { lines, ...run } = await runProve(
    ...['--short', '--redis-deadline', '2000', ...faults.flatMap((fault) => ['--fault', fault])],
  );
  return { ...run, table: readTable(lines, 'row', ({ row }) => /^[CF]\d\d\./.test(row ?? '')) };
}

async function runProve(...args: readonly string[]) {
  const stores = ['TEST_REDIS_SERVER', 'TEST_POSTGRES_PROGRAMS'].flatMap((name) => {
    const value = process.env[name];
    return value ? [[name, value] as const] : [];
  });
  const running = startProcess({
    main: 'packages/revocation-proof/src/prove/main.ts',
    args: ['--seed', '1', ...args],
    environment: Object.fromEntries(stores),
  });
  const deadline = setTimeout(() => running.signal('SIGKILL'), runDeadlineMs - 5_000);
  const exit = await running.exited.finally(() => clearTimeout(deadline));
  const lines = running.output().trimEnd().split('\n');
  return { exit, lines, failures: lines.filter((line) => line.startsWith('FAILED ')), lastLine: lines.at(-1) };
}

/** The rows below the line of headings that begins with this one, for as long as they are rows. */
function readTable(lines: readonly string[], firstHeading: string, isRow: (row: Row) => boolean): readonly Row[] {
  const head = lines.findIndex((line) => line.startsWith(`${firstHeading}  `));
  if (head === -1) throw new Error(`The proof printed no table: ${lines.join('\n')}`);
  const [headings = [], ...rest] = lines.slice(head).map((line) => line.trim().split(/ {2,}/));
  const rows = rest.map((cells): Row => Object.fromEntries(headings.map((heading, n) => [heading, cells[n]])));
  const end = rows.findIndex((row) => !isRow(row));
  return end === -1 ? rows : rows.slice(0, end);
}

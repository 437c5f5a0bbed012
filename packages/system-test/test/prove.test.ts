import { describe, expect, it } from '@jest/globals';
import { type ProcessExit, startProcess } from '../src/index.ts';
import { describeWithOwnPostgres } from '../src/stores/index.ts';

const runDeadlineMs = 110_000;

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
  });
});

interface Run {
  readonly exit: ProcessExit;
  /** A row each, by heading. */
  readonly table: readonly Readonly<Record<string, string | undefined>>[];
  readonly failures: readonly string[];
  readonly lastLine: string | undefined;
}

async function prove(faults: readonly string[]): Promise<Run> {
  const stores = ['TEST_REDIS_SERVER', 'TEST_POSTGRES_PROGRAMS'].flatMap((name) => {
    const value = process.env[name];
    return value ? [[name, value] as const] : [];
  });
  const running = startProcess({
    main: 'packages/system-test/src/prove/main.ts',
    // A busy machine may let Redis wait; that must not look like a Redis in trouble here.
    args: ['--short', '--seed', '1', '--redis-deadline', '2000', ...faults.flatMap((fault) => ['--fault', fault])],
    environment: Object.fromEntries(stores),
  });
  const deadline = setTimeout(() => running.signal('SIGKILL'), runDeadlineMs - 5_000);
  const exit = await running.exited.finally(() => clearTimeout(deadline));
  const lines = running.output().trimEnd().split('\n');
  const head = lines.findIndex((line) => /^row {2}/.test(line));
  if (head === -1) throw new Error(`The proof printed no table: ${running.output()}`);
  const [headings = [], ...rows] = lines.slice(head).map((line) => line.trim().split(/ {2,}/));
  const ends = rows.findIndex(([first]) => !/^[CF]\d\d\./.test(first ?? ''));
  return {
    exit,
    table: rows.slice(0, ends).map((cells) => Object.fromEntries(headings.map((heading, n) => [heading, cells[n]]))),
    failures: lines.filter((line) => line.startsWith('FAILED ')),
    lastLine: lines.at(-1),
  };
}

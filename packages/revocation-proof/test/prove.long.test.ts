import { type ProcessExit, startProcess } from '@engagetrack/test-ground';
import { describeWithOwnPostgres } from '@engagetrack/test-ground/stores';
import { describe, expect, it } from '@jest/globals';

const runDeadlineMs = 170_000;

/**
 * The proof keeps its promises under one fault, and sees them broken when the markers are removed. `.ci/run` and `npm
 * run prove` test every fault, every step of a call and every removed rule.
 */
describe('the proof (Redis)', () => {
  describeWithOwnPostgres('of one fault', () => {
    it(
      'sees no revoked key admitted when Redis is flushed, and the revoked keys come back when their markers are taken away',
      async () => {
        const { table, failures, exit } = await prove(['F04.flushall', 'C01.markers-gone']);
        const [flushed, markersGone] = ['F04.flushall', 'C01.markers-gone'].map((id) =>
          table.find(({ row }) => row === id),
        );
        expect(flushed).toMatchObject({ row: 'F04.flushall', stale: '0', 'false denials': '0', lost: '0', risen: '0' });
        expect(Number(flushed?.['sent after'])).toBeGreaterThan(13 * 4);
        expect(markersGone?.row).toBe('C01.markers-gone');
        expect(Number(markersGone?.stale)).toBeGreaterThan(0);
        expect(failures).toContainEqual(expect.stringContaining('FAILED C01.markers-gone: no stale admits, but: '));
        expect(failures.filter((line) => !line.startsWith('FAILED C01.markers-gone: '))).toEqual([]);
        expect(exit).toEqual({ code: 1, signal: null });
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
  // On a busy machine Redis may answer late; that must not look like a failing Redis here.
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

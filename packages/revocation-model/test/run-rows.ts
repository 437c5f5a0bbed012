import { describe, expect, it } from '@jest/globals';
import type { RowGroup } from '../src/rows/row.ts';
import { runRow } from '../src/run-row.ts';

/** Ten times what the slowest row needs on one core. */
const rowTimeoutMs = 240_000;

/** One test for each row of a group: the checker says of the wording what it must say, after a search to the end. */
export function testRows({ title, rows }: RowGroup): void {
  describe(title, () => {
    for (const row of rows) {
      it(
        row.promise,
        () => {
          const { verdict, story } = runRow(row);
          // A wrong verdict shows the story of how it came about.
          expect({ verdict, story }).toEqual({ verdict: row.expected, story: row.expected === 'holds' ? [] : story });
          if (row.expected === 'violated') expect(story.at(-1)).toMatch(/admitted|after the acknowledgement/);
        },
        rowTimeoutMs,
      );
    }
  });
}

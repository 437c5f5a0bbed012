import { tableOf } from '@engagetrack/test-ground';
import type { HoleResult } from './find-planted-holes.ts';
import type { Finding } from './hostile-input.ts';
import type { FamilyResult } from './run-family.ts';
import type { SweepResult } from './sweep-target.ts';

const headings = ['family', 'inputs', 'forwarded', 'bypasses', 'crashes', 'hangs', 'undocumented answers', 'inputs/s'];

export function familyTable(results: readonly FamilyResult[]): readonly string[] {
  const rows = results.map(({ name, inputs, forwarded, seconds, findings }) => [
    name,
    String(inputs),
    String(forwarded),
    ...(['bypass', 'crash', 'hang', 'undocumented'] as const).map((kind) => String(countOf(findings, kind))),
    String(Math.round(inputs / Math.max(seconds, 0.001))),
  ]);
  const sum = (column: number): string => String(rows.reduce((total, row) => total + Number(row[column]), 0));
  const totals = ['all', ...[1, 2, 3, 4, 5, 6].map(sum), ''];
  return tableOf([headings, ...rows, totals]);
}

/** One example of each kind of finding. */
export function findingLines(findings: readonly Finding[]): readonly string[] {
  const sorts = Map.groupBy(
    findings,
    ({ family, kind, why }) => `${family}: ${kind}: ${why.replace(/\d+/g, 'N').slice(0, 60)}`,
  );
  return [...sorts].map(([sort, all]) => {
    const [{ what, why, logged = [] } = { what: '', why: '' }] = all;
    const lines = [
      why.slice(0, 600),
      `input: ${what.slice(0, 400)}`,
      ...logged.map((line) => `logged: ${line.slice(0, 600)}`),
    ];
    return [`${sort} (${all.length} times)`, ...lines].join('\n  ');
  });
}

export function holeLine({ hole, foundAfter, why }: HoleResult): string {
  if (foundAfter === undefined) return `planted hole NOT FOUND: ${hole.what} (${hole.file})`;
  return `planted hole found by ${hole.family} within ${foundAfter} inputs: ${hole.what}; ${why.slice(0, 100)}`;
}

export function sweepLines({ searched, leaks }: SweepResult): readonly string[] {
  return [`searched for the keys of the run: ${searched}`, ...leaks.map((leak) => `LEAK: ${leak}`)];
}

function countOf(findings: readonly Finding[], kind: Finding['kind']): number {
  return findings.filter((finding) => finding.kind === kind).length;
}

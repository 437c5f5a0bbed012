import { parseArgs } from 'node:util';
import { allRows } from './rows/all-rows.ts';
import type { Row, RowGroup } from './rows/row.ts';
import { isRuleName, ruleTexts } from './rules.ts';
import { type RowResult, runRow } from './run-row.ts';

const usage = `Usage: node --conditions=source packages/revocation-model/src/main.ts [--large] [--without <rule>]

Explores every wording of the revocation protocol and compares the verdict with the expected one.
  --large           wider bounds
  --without <rule>  only the rows that turn this rule off

Rules:
${Object.entries(ruleTexts)
  .map(([name, text]) => `  ${name.padEnd(28)}${text}`)
  .join('\n')}`;

process.exitCode = run(process.argv.slice(2));

/** Exit code 0 when every row is as expected, 1 when one differs, 2 when the command was not understood. */
function run(args: string[]): number {
  const groups = chooseRows(args);
  if (typeof groups === 'string') {
    console.error(`${groups}\n\n${usage}`);
    return 2;
  }
  const began = performance.now();
  const results = groups.flatMap(({ title, rows }) => {
    console.log(`\n${title}\n`);
    return rows.map((row) => report(row));
  });
  const different = results.filter((result) => !result.isAsExpected);
  const states = results.reduce((sum, result) => sum + result.states, 0);
  console.log(
    `\n${results.length} rows, ${grouped(states)} states, ${seconds(performance.now() - began)} s, ` +
      `${different.length} different from what is expected`,
  );
  for (const { row, verdict } of different) console.log(`  ${row.wording}: expected ${row.expected}, found ${verdict}`);
  console.log(`${results.length - different.length} passed, ${different.length} failed`);
  return different.length === 0 ? 0 : 1;
}

/** The rows that the arguments choose, or a sentence about the mistake in them. */
function chooseRows(args: string[]): readonly RowGroup[] | string {
  const options = parse(args);
  if (typeof options === 'string') return options;
  const { large, without } = options;
  const groups = allRows(large);
  if (without === undefined) return groups;
  if (!isRuleName(without)) return `There is no rule ${without}`;
  return groups
    .map(({ title, rows }) => ({ title, rows: rows.filter((row) => row.without.includes(without)) }))
    .filter(({ rows }) => rows.length > 0);
}

function parse(args: string[]): { large: boolean; without: string | undefined } | string {
  try {
    const { values } = parseArgs({
      args,
      options: { large: { type: 'boolean', default: false }, without: { type: 'string' } },
    });
    return { large: values.large, without: values.without };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function report(row: Row): RowResult {
  const began = performance.now();
  const result = withToldBreach(runRow(row));
  const mark = result.isAsExpected ? 'ok  ' : 'FAIL';
  const figures = `${grouped(result.states).padStart(10)} states ${seconds(performance.now() - began).padStart(6)} s`;
  console.log(
    `${mark} expected ${row.expected.padEnd(8)} found ${result.verdict.padEnd(8)} ${figures}  ${row.wording}`,
  );
  console.log(`       ${row.bounds}`);
  for (const [index, sentence] of result.story.entries()) console.log(`       ${index + 1}. ${sentence}`);
  return result;
}

/** A counterexample counts only when its last sentence names the wrong admission. */
function withToldBreach(result: RowResult): RowResult {
  const isTold = /admitted|after the acknowledgement/.test(result.story.at(-1) ?? '');
  return result.verdict === 'violated' && !isTold ? { ...result, isAsExpected: false } : result;
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

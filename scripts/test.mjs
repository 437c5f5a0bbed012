/**
 * `npm test`: first the projects `pure`, `service` and `system` of jest.config.js, then `timed` alone and one test after
 * another. A pattern also finds files of `long`, which are not run without one. Arguments go to jest; without a dash they are parts of paths. The last line says `N passed, N failed` of both.
 */
import { spawn } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './content-digest.mjs';

const args = process.argv.slice(2);
/** Parts of paths, as jest takes them; undefined where a flag may have one of them for its value. */
const patterns = args.some((arg) => arg.startsWith('-')) ? undefined : args;
if (patterns !== undefined && patterns.length > 0 && !matchesAny('**/*.test.ts')) {
  console.error(
    `No test file matches ${patterns.join(' or ')}: a pattern is a part of a path, such as services/gateway/test/429.`,
  );
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), 'engagetrack-test-'));
let child;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child?.kill(signal));

try {
  const isLongAsked = patterns !== undefined && patterns.length > 0 && matchesAny('**/*.long.test.ts');
  const projects = ['pure', 'service', 'system', ...(isLongAsked ? ['long'] : [])];
  const answers = await runJest(['--selectProjects', ...projects], 'answers');
  // A run that told no counts ended before its tests: jest has said why.
  if (answers.counts !== undefined && matchesAny('**/*.timed.test.ts')) {
    const times = await runJest(['--selectProjects', 'timed', '--runInBand'], 'times');
    finish([answers, times]);
  } else finish([answers]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Whether there may be something to run among these files: yes without a pattern, and where the patterns are not known. */
function matchesAny(files) {
  if (patterns === undefined || patterns.length === 0) return true;
  return globSync([`{services,packages}/*/{src,test}/${files}`, `bench/src/${files}`], { cwd: root }).some((file) =>
    patterns.some((pattern) => new RegExp(pattern, 'i').test(join(root, file))),
  );
}

async function runJest(projects, name) {
  const countsFile = join(folder, `${name}.json`);
  const jest = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join(root, 'node_modules/jest/bin/jest.js'),
    '--passWithNoTests',
    ...args,
    ...projects,
  ];
  child = spawn(process.execPath, jest, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, TEST_COUNTS_FILE: countsFile },
  });
  const code = await new Promise((resolve) => child.once('close', (status) => resolve(status ?? 1)));
  return { code, counts: readCounts(countsFile) };
}

function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function finish(runs) {
  const sum = (outcome) => runs.reduce((total, { counts }) => total + (counts?.[outcome] ?? 0), 0);
  const [passed, failed, skipped] = [sum('passed'), sum('failed'), sum('skipped')];
  process.exitCode = runs.find(({ code }) => code !== 0)?.code ?? 0;
  if (runs.some(({ counts }) => counts === undefined)) return;
  // One run has said it already.
  if (runs.length > 1) console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
}

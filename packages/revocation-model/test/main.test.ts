import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const command = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const deadlineMs = 30_000;

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['--conditions=source', command, ...args], {
    encoding: 'utf8',
    timeout: deadlineMs,
  });
}

describe('the command', () => {
  it('prints the rows of one rule with verdict, bounds, states and the counterexample in numbered sentences', () => {
    const { status, stdout } = run('--without', 'waitFromCommit');
    expect(stdout).toMatch(
      /ok {3}expected violated found violated +[\d,]+ states +\d+\.\d s {2}wait counted from revoked_at/,
    );
    expect(stdout).toMatch(/1 renewing \+ 1 deleting instance; L 2, drift 0 ticks; no fault; runs of any length/);
    expect(stdout).toMatch(/1\. The DELETE begins its transaction/);
    expect(stdout).toMatch(/\d+\. A request arrives; .*: admitted\./);
    expect(status).toBe(0);
  });

  it.each([
    [['--without', 'gravity'], /^There is no rule gravity\n/],
    [['--without'], /^Option '--without <value>' argument missing/],
    [['--larger'], /^Unknown option '--larger'/],
  ])('names the mistake in %j, and prints the usage', (args, sentence) => {
    const { status, stderr } = run(...args);
    expect(stderr).toMatch(sentence);
    expect(stderr).toMatch(/^Usage: /m);
    expect(stderr).toMatch(/waitFromCommit/);
    expect(status).toBe(2);
  });
});

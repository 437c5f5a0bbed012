import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const workspace = fileURLToPath(new URL('../../../../', import.meta.url));
const files = globSync(
  ['services/{gateway,keys}/src/**/*.ts', 'packages/{api-key,contracts,service-chassis,admission-store}/src/**/*.ts'],
  { cwd: workspace },
).filter((file) => !file.endsWith('.test.ts'));
const sources = files.map((file) => ({ file, text: readFileSync(`${workspace}${file}`, 'utf8') }));

/** A regular-expression literal, behind a character that no division can follow. */
const literal =
  /(?:^|[=(,:;!&|?{}[\n]|\breturn|=>)\s*\/((?:[^/\\\n[*]|\\.|\[(?:[^\]\\\n]|\\.)*\])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])*)\/([dgimsuvy]*)/gm;
const comments = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*/g;

const patterns = sources.flatMap(({ file, text }) =>
  [...text.replace(comments, '').matchAll(literal)].map(([, source = '', flags = '']) => ({
    name: `${file} /${source}/${flags}`,
    pattern: new RegExp(source, flags.replace(/[gy]/g, '')),
  })),
);

/** Short ones first: a pattern that is worse than quadratic would never finish a long one. */
const lengths = [16, 24, 30, 1_000, 4_000, 16_000, 100_000];
/** Milliseconds of computing. Linear work takes less; a pattern that takes more fails the test. */
const slowMs = 20;
const attemptsMax = 5;
const samples = ['a', 'A', '0', '_', '-', '.', ' ', '\t', '%', '/', ':', ',', ';', '=', '"', '\n', 'é', '*', '@', '&'];

describe('T: every pattern in the sources of the gateway and the key service', () => {
  it('T14 is found, and none is built from received text', () => {
    expect(patterns.length).toBeGreaterThan(40);
    for (const known of ['[A-Za-z0-9_-]{1,128}', 'et_live_', '^application\\/json', 'Max open files'])
      expect(patterns.some(({ pattern }) => pattern.source.includes(known))).toBe(true);
    const made = sources.filter(({ text }) => /\bnew RegExp\(/.test(text)).map(({ file }) => file);
    // Its patterns are built from prefixes that are constants.
    expect(made).toEqual(['packages/contracts/src/ids.ts']);
  });

  it.each(patterns.map(({ name, pattern }) => [name, pattern] as const))(
    'T14 takes linear time: %s',
    (_name, pattern) => {
      const own = [...new Set(pattern.source.replace(/[\\^$()[\]{}?*+|]/g, ''))].slice(0, 12);
      const units = [...new Set([...samples, ...own])];
      const slow = [...units, ...units.flatMap((a) => units.slice(0, 8).map((b) => a + b))].find(
        (unit) => lengths.find((length) => !isFast(pattern, `${unit.repeat(length / unit.length)}\0`)) !== undefined,
      );
      expect(slow).toBeUndefined();
    },
  );

  it.each([/^(a+)+$/, /^(?:a|a)*$/, /a*b?a*c/, /\s+$/])('T14 would find %s', (pattern) => {
    const isSlow = (unit: string) => lengths.some((length) => !isFast(pattern, `${unit.repeat(length)}\0`));
    expect(['a', ' '].some(isSlow)).toBe(true);
  });
});

/** A slow pattern is slow every time, so the fastest of several runs decides. */
function isFast(pattern: RegExp, text: string): boolean {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const before = process.threadCpuUsage();
    pattern.test(text);
    const { user, system } = process.threadCpuUsage(before);
    const ms = (user + system) / 1_000;
    if (ms < slowMs) return true;
    // One run is enough where the machine alone cannot be the cause.
    if (ms > 50 * slowMs) return false;
  }
  return false;
}

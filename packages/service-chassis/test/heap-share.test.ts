import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const file = fileURLToPath(new URL('../src/heap-share.ts', import.meta.url));

/** The share in a process with these flags and so many MiB of ballast on its heap. */
function shareWith(ballastMiB: number, flags: readonly string[]): number {
  const program = `
    import { createHeapShare } from ${JSON.stringify(file)};
    const share = createHeapShare(process.execArgv.join(' '));
    globalThis.ballast = Array.from({ length: ${ballastMiB * 131} }, () => Array.from({ length: 1_000 }, (_, n) => n + 0.5));
    gc();
    console.log(share());`;
  const args = ['--expose-gc', ...flags, '--input-type=module', '-e', program];
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

describe('the share of the heap', () => {
  it.each([
    [['--max-old-space-size=100']],
    [['--max-old-space-size=100', '--max-semi-space-size=4']],
    [['--max-old-space-size=100', '--max_semi_space_size=32']],
  ])('is that of the old space: %j', (flags) => {
    expect(shareWith(0, flags)).toBeLessThan(0.2);
    const half = shareWith(50, flags);
    expect(half).toBeGreaterThan(0.5);
    expect(half).toBeLessThan(0.75);
    expect(shareWith(85, flags)).toBeGreaterThan(0.85);
  });
});

import { type ApiKeyHash, parseApiKeyHash } from '@engagetrack/api-key';
import { turn } from '@engagetrack/test-ground';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createKeyConcurrency, type KeyConcurrency } from './key-concurrency.ts';

const busy = parseApiKeyHash('b'.repeat(64));
const other = parseApiKeyHash('0'.repeat(64));

describe('the concurrency of one key', () => {
  let concurrency: KeyConcurrency;
  let begun: number[];
  let ends: (() => void)[];
  beforeEach(() => {
    concurrency = createKeyConcurrency(32);
    begun = [];
    ends = [];
  });
  const run = (n: number, hash: ApiKeyHash = busy): Promise<number> =>
    concurrency.run(hash, async () => {
      begun.push(n);
      await new Promise<void>((resolve) => ends.push(resolve));
      return n;
    });

  it('has 32 of its requests decided at once, and the others in their order, each as one ends', async () => {
    const all = Array.from({ length: 100 }, (_, n) => run(n));
    expect(begun).toHaveLength(32);
    ends[7]?.();
    await turn();
    expect(begun).toHaveLength(33);
    for (let ended = 0; ended < ends.length; ended += 1) {
      ends[ended]?.();
      await turn();
    }
    expect(begun).toEqual(Array.from({ length: 100 }, (_, n) => n));
    expect(await Promise.all(all)).toEqual(begun);
  });

  it('delays no other key', () => {
    for (let n = 0; n < 100; n += 1) void run(n);
    void run(1_000, other);
    expect(begun.at(-1)).toBe(1_000);
  });

  it('goes on behind a request that fails, and passes its error on', async () => {
    const failing = Array.from({ length: 40 }, (_, n) =>
      concurrency.run(busy, async () => {
        begun.push(n);
        throw new Error(`no ${n}`);
      }),
    );
    for (const [n, each] of failing.entries()) await expect(each).rejects.toThrow(`no ${n}`);
    expect(begun).toHaveLength(40);
  });

  it('begins at once again when all have ended', async () => {
    const first = Array.from({ length: 32 }, (_, n) => run(n));
    for (const end of ends) end();
    await Promise.all(first);
    begun = [];
    for (let n = 0; n < 33; n += 1) void run(n);
    expect(begun).toHaveLength(32);
  });
});

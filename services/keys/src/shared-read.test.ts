import { beforeEach, describe, expect, it } from '@jest/globals';
import { createSharedRead } from './shared-read.ts';

describe('a shared read', () => {
  let reads: PromiseWithResolvers<number>[];
  let read: () => Promise<number>;
  beforeEach(() => {
    reads = [];
    read = createSharedRead(() => {
      const pending = Promise.withResolvers<number>();
      reads.push(pending);
      return pending.promise;
    });
  });

  const settle = async (number: number): Promise<void> => {
    reads[number - 1]?.resolve(number);
    await turn();
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it('begins at once when none is under way', async () => {
    const first = read();
    await turn();
    expect(reads).toHaveLength(1);
    await settle(1);
    expect(await first).toBe(1);
    void read();
    await turn();
    expect(reads).toHaveLength(2);
  });

  it('is shared by all callers that ask while one is under way, and begins when that one has ended', async () => {
    void read();
    await turn();
    const others = [read(), read(), read()];
    await turn();
    expect(reads).toHaveLength(1);
    await settle(1);
    expect(reads).toHaveLength(2);
    await settle(2);
    expect(await Promise.all(others)).toEqual([2, 2, 2]);
  });

  it('never gives a caller a value that was read before it asked, also after failed reads', async () => {
    const first = read();
    await turn();
    const second = read();
    reads[0]?.reject(new Error('the first fails'));
    await expect(first).rejects.toThrow('the first fails');
    await turn();
    const third = read();
    await settle(2);
    expect(await second).toBe(2);
    await settle(3);
    expect(await third).toBe(3);
  });
});

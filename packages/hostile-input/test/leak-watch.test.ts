import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createLeakWatch } from '../src/leak-watch.ts';

describe('the watch over the output of processes', () => {
  const newKey = () => `et_live_${randomBytes(16).toString('hex')}`;
  const key = newKey();
  const half = key.length / 2;

  it('finds a key that comes in two pieces, and that was printed before it was looked for', () => {
    for (const isEarly of [true, false]) {
      const watch = createLeakWatch();
      if (!isEarly) watch.watchFor([key]);
      watch.heard(Buffer.from(`{"key":"${key.slice(0, half)}`), 1);
      watch.heard(Buffer.from(`${key.slice(half)}"}`), 1);
      if (isEarly) watch.watchFor([key]);
      expect(watch.leaks()).toContain('the digits of a key in process output');
    }
  });

  it('does not join pieces of two processes, nor takes another key for this one', () => {
    const watch = createLeakWatch();
    watch.watchFor([key]);
    watch.heard(Buffer.from(key.slice(0, half)), 1);
    watch.heard(Buffer.from(key.slice(half)), 2);
    watch.heard(Buffer.from(newKey()), 1);
    expect(watch.leaks().filter((leak) => leak.startsWith('the digits'))).toEqual([]);
    expect(watch.bytes()).toBe(2 * key.length);
  });
});

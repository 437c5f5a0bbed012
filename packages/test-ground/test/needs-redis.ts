/** No suite of the run: what `run-stores.test.ts` lets jest run without a Redis. */
import { expect, it } from '@jest/globals';
import { describeWithRedis } from '../src/stores/index.ts';

describeWithRedis('a suite that needs Redis', (redisUrl) => {
  it('has one', () => {
    expect(redisUrl()).toMatch(/^redis/);
  });
});

it('needs no store', () => {
  expect(process.pid).toBeGreaterThan(0);
});

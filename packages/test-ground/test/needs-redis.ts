/** Not a suite of the run: `run-stores.test.ts` runs it in a jest without a Redis. */
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

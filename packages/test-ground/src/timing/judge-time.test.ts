import { describe, expect, it } from '@jest/globals';
import { judgeTime } from './judge-time.ts';

const late = new Error('took 300 ms');
const silently = (): void => undefined;
const quiet = () => () => undefined;
const busy = () => () => 'other work took 2.0 cores';

/** A body that fails so often, and the number of its runs. */
function failing(times: number) {
  let runs = 0;
  const body = async (): Promise<void> => {
    runs += 1;
    if (runs <= times) throw late;
  };
  return { body, runs: () => runs };
}

describe('a test that judges a time', () => {
  it('runs once where it holds, on a busy machine too', async () => {
    const { body, runs } = failing(0);
    await judgeTime(body, busy, silently);
    expect(runs()).toBe(1);
  });

  it('fails at once on a quiet machine', async () => {
    const { body, runs } = failing(1);
    await expect(judgeTime(body, quiet, silently)).rejects.toBe(late);
    expect(runs()).toBe(1);
  });

  it('is repeated on a busy machine until it holds', async () => {
    const { body, runs } = failing(2);
    await judgeTime(body, busy, silently);
    expect(runs()).toBe(3);
  });

  it('fails after two repetitions with the sentence that says why, and with its own failure as the cause', async () => {
    const { body, runs } = failing(3);
    await expect(judgeTime(body, busy, silently)).rejects.toEqual(
      new Error('machine too busy to judge: other work took 2.0 cores (attempt 3 of 3)', { cause: late }),
    );
    expect(runs()).toBe(3);
  });

  it('fails at once when the machine is quiet again and it still does not hold', async () => {
    const { body, runs } = failing(3);
    const watches = [busy, quiet];
    await expect(judgeTime(body, () => (watches.shift() ?? quiet)(), silently)).rejects.toBe(late);
    expect(runs()).toBe(2);
  });
});

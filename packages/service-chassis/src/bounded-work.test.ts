import { Problem } from '@engagetrack/contracts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createBoundedWork } from './bounded-work.ts';

/** Milliseconds. Only a test of the deadline waits as long. */
const waitMs = 30_000;

describe('bounded work', () => {
  it('runs as much at once as allowed, and the next piece when one is done', async () => {
    const bounded = createBoundedWork({ concurrentMax: 2, waitingMax: 10, waitMs });
    const pieces = Array.from({ length: 4 }, startable);
    const results = pieces.map((piece, index) => bounded(() => piece.run(index)));
    await settle();
    expect(pieces.map(({ started }) => started())).toEqual([true, true, false, false]);
    pieces[1]?.finish();
    await settle();
    expect(pieces.map(({ started }) => started())).toEqual([true, true, true, false]);
    for (const piece of pieces) piece.finish();
    expect(await Promise.all(results)).toEqual([0, 1, 2, 3]);
  });

  it('refuses a piece with 503 when the queue is full, and never starts it', async () => {
    const bounded = createBoundedWork({ concurrentMax: 1, waitingMax: 1, waitMs });
    const [running, waiting, refused] = [startable(), startable(), startable()];
    const results = [bounded(() => running.run(1)), bounded(() => waiting.run(2))];
    await expect(bounded(() => refused.run(3))).rejects.toMatchObject({ status: 503, reason: 'over_capacity' });
    running.finish();
    waiting.finish();
    expect(await Promise.all(results)).toEqual([1, 2]);
    expect(refused.started()).toBe(false);
    expect(await bounded(async () => 4)).toBe(4);
  });

  it('refuses a piece with 503 that has waited too long, never starts it, and makes room in the queue', async () => {
    const bounded = createBoundedWork({ concurrentMax: 1, waitingMax: 1, waitMs: 20 });
    const [running, late, next] = [startable(), startable(), startable()];
    const first = bounded(() => running.run(1));
    const startedAt = performance.now();
    await expect(bounded(() => late.run(2))).rejects.toBeInstanceOf(Problem);
    // A timer may fire a millisecond early by this clock.
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(19);
    const third = bounded(() => next.run(3));
    running.finish();
    next.finish();
    expect(await Promise.all([first, third])).toEqual([1, 3]);
    expect(late.started()).toBe(false);
  });

  it('starts the next piece after a failure, and reports the failure to its caller', async () => {
    const bounded = createBoundedWork({ concurrentMax: 1, waitingMax: 10, waitMs });
    const failure = new Error('connect ECONNREFUSED');
    const results = await Promise.allSettled([
      bounded(() => Promise.reject(failure)),
      bounded(() => {
        throw failure;
      }),
      bounded(async () => 'done'),
    ]);
    expect(results).toEqual([
      { status: 'rejected', reason: failure },
      { status: 'rejected', reason: failure },
      { status: 'fulfilled', value: 'done' },
    ]);
  });

  it('runs pieces in the order of arrival', async () => {
    const bounded = createBoundedWork({ concurrentMax: 1, waitingMax: 10, waitMs });
    const order: number[] = [];
    await Promise.all([1, 2, 3, 4].map((n) => bounded(async () => order.push(n))));
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('keeps its bounds with any pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 6 }),
        fc.array(fc.record({ ticks: fc.integer({ min: 1, max: 5 }), fails: fc.boolean() }), { maxLength: 24 }),
        async (concurrentMax, waitingMax, pieces) => {
          const bounded = createBoundedWork({ concurrentMax, waitingMax, waitMs });
          let running = 0;
          let mostRunning = 0;
          const runAll = () =>
            Promise.allSettled(
              pieces.map(({ ticks, fails }) =>
                bounded(async () => {
                  running += 1;
                  mostRunning = Math.max(mostRunning, running);
                  for (let tick = 0; tick < ticks; tick += 1) await settle();
                  running -= 1;
                  if (fails) throw new Error('fault of the work');
                }),
              ),
            );
          // All come at once, so the last ones are refused; the second run shows that all room is free again.
          const admitted = Math.min(pieces.length, concurrentMax + waitingMax);
          for (const results of [await runAll(), await runAll()]) {
            expect(mostRunning).toBe(Math.min(concurrentMax, pieces.length));
            for (const [index, result] of results.entries())
              expect(result.status === 'rejected' && result.reason instanceof Problem).toBe(index >= admitted);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** A piece of work that says whether it was started, and ends when the test says so. */
function startable() {
  const { promise, resolve } = Promise.withResolvers<void>();
  let started = false;
  return {
    started: () => started,
    finish: () => resolve(),
    run: async <Result>(result: Result): Promise<Result> => {
      started = true;
      await promise;
      return result;
    },
  };
}

/** Lets all work continue that waits for promises only. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createCaller, requestOf } from './caller.ts';
import type { GoodTask, LoadFigures } from './load-messages.ts';
import { createCounts, type RunningLoad } from './running-load.ts';

const tickMs = 2;
/** Milliseconds between two samples of the event-loop histogram. */
const resolutionMs = 5;
const nanosecondsPerMs = 1e6;
/** Milliseconds. A request that has waited longer when the latencies are read counts among them with its wait so far. */
const waitCountsFromMs = 100;

/** Sends requests of good callers at a fixed rate, however long the answers take, and records their latencies. */
export function callWell(task: GoodTask): RunningLoad {
  const { port, from, calls, requestsPerSecond, connections, remadeShare, rampSeconds } = task;
  const counts = createCounts();
  let answerMs: number[] = [];
  const requests = calls.map((call) => requestOf(call, from));
  const caller = createCaller({ port, localAddress: from.localAddress, connections, remadeShare });
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  const startedAtMs = performance.now();
  let made = 0;
  const pace = setInterval(() => {
    const seconds = (performance.now() - startedAtMs) / 1_000;
    const rampDone = Math.min(1, seconds / rampSeconds);
    const due = connections * rampDone + Math.max(0, seconds - rampSeconds) * requestsPerSecond;
    for (; made < Math.floor(due); made += 1) {
      counts.add('made');
      caller.ask(requests[made % requests.length] ?? '', (status, ms) => {
        counts.add(status === 200 ? 'ok' : `failed ${status}`);
        answerMs.push(ms);
      });
    }
  }, tickMs);

  return {
    take: (): LoadFigures => {
      const late = delay.percentile(99) / nanosecondsPerMs - resolutionMs;
      const waits = caller.waitsMs().filter((ms) => ms > waitCountsFromMs);
      const figures = {
        counts: counts.all(),
        samples: { answerMs: [...answerMs, ...waits] },
        lateMs: Math.max(0, late),
      };
      answerMs = [];
      delay.reset();
      return figures;
    },
    end: () => {
      clearInterval(pace);
      delay.disable();
      caller.close();
    },
  };
}

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { othersCpuSince } from './others-cpu.ts';

/** Milliseconds that this process's event loop may be late. Later than this, no time that it measured can be judged. */
const loopDelayMaxMs = 60;
/** Cores that other work may take meanwhile. More than this, and what was measured waited for a core. */
const othersCoresMax = 0.3;
/** Milliseconds between two looks of the event-loop histogram. */
const resolutionMs = 10;
const nanosecondsPerMs = 1e6;

/** Looks at the machine beside a test. @returns a function that says, once, what took the machine from it, or undefined. */
export function watchMachine(): () => string | undefined {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  const othersCores = othersCpuSince();
  return () => {
    delay.disable();
    const lateMs = delay.max / nanosecondsPerMs - resolutionMs;
    const cores = othersCores();
    const reasons: string[] = [];
    if (cores !== undefined && cores > othersCoresMax) reasons.push(`other work took ${cores.toFixed(1)} cores`);
    if (lateMs > loopDelayMaxMs) reasons.push(`the event loop was ${Math.round(lateMs)} ms late`);
    return reasons.length === 0 ? undefined : reasons.join(', and ');
  };
}

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { othersCpuSince } from './others-cpu.ts';

/**
 * Milliseconds that this process's event loop may be late. When it is later, no time that it measured can be judged.
 */
const loopDelayMaxMs = 60;
/** Cores that other work may take meanwhile. When it takes more, the measured work has waited for a core. */
const othersCoresMax = 0.3;
/** Milliseconds between two samples of the event-loop histogram. */
const resolutionMs = 10;
const nanosecondsPerMs = 1e6;

/**
 * Watches the machine beside a test. @returns a function that names, once, the work that disturbed the test, or
 * undefined.
 */
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

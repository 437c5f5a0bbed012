import type { Latency } from './latency.ts';

/**
 * What good callers are promised under a flood, in absolute figures, and how a row is judged by it.
 *
 * A latency is judged on the median of a row's rounds, and a small excess only when the machine did nothing else
 * meanwhile: it may come from a machine that was busy with other work. A great one does not.
 */
export const usualBounds: Latency = { p50Ms: 25, p99Ms: 100 };
/** For floods that bring a thousand new connections, or dozens of requests in one piece, at the same moment. */
export const sameMomentBounds: Latency = { p50Ms: 25, p99Ms: 400 };
/** MiB of resident memory. A gateway that grows by more during a row fails it. */
export const grownMiBMax = 128;
/**
 * Milliseconds of good requests 5 s after the flood: with more, and with more than twice the time of before, the flood
 * is not over for them.
 */
const afterwardsMs: Latency = { p50Ms: 5, p99Ms: 25 };
const afterwardsTimes = 2;
/** Beyond so many times its bound a latency is wrong on a busy machine too. */
const grossTimes = 5;
/** Cores that other work may take meanwhile. When it takes more, the gateway or its callers have waited for a core. */
const othersCoresMax = 0.3;
/** Milliseconds, at the 99th percentile, that the callers' own event loop may be late; its delay is in every latency. */
const callersLateMaxMs = 25;

export const notReadyAfterwards = 'the gateway was not ready afterwards';

export type Verdict =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly complaints: readonly string[] }
  /** Only times missed their bounds, none of them by far, and the machine was busy with other work. */
  | { readonly kind: 'not_judged'; readonly complaints: readonly string[]; readonly because: string };

/** What is wrong with a row. */
export interface Faults {
  /** Wrong on any machine. */
  readonly faults: readonly string[];
  /** Too slow: wrong on a quiet machine. */
  readonly slowness: readonly string[];
}

/** What the machine did beside a run. */
export interface Disturbance {
  /** Cores that other work took; undefined where the system keeps no accounts. */
  readonly othersCores: number | undefined;
  readonly callersLateMs: number;
}

export function verdictOn({ faults, slowness }: Faults, disturbance: Disturbance): Verdict {
  const complaints = [...faults, ...slowness];
  if (complaints.length === 0) return { kind: 'passed' };
  const because = busyWith(disturbance);
  if (faults.length > 0 || because === undefined) return { kind: 'failed', complaints };
  return { kind: 'not_judged', complaints, because };
}

/** @returns undefined for a machine that did nothing else. */
function busyWith({ othersCores = 0, callersLateMs }: Disturbance): string | undefined {
  const reasons: string[] = [];
  if (othersCores > othersCoresMax) reasons.push(`other work took ${othersCores.toFixed(1)} cores`);
  if (callersLateMs > callersLateMaxMs)
    reasons.push(`the callers were ${Math.round(callersLateMs)} ms late themselves`);
  return reasons.length === 0 ? undefined : reasons.join(', and ');
}

/** @param isGross whether the excess is too large for a busy machine to explain. */
export function tooSlow(complaint: string, isGross: boolean): Faults {
  return isGross ? { faults: [complaint], slowness: [] } : { faults: [], slowness: [complaint] };
}

export function allOf(parts: readonly Faults[]): Faults {
  return { faults: parts.flatMap(({ faults }) => faults), slowness: parts.flatMap(({ slowness }) => slowness) };
}

/** @param bounds a latency as long as a bound is too long. */
export function judgeDuring(during: Latency, bounds: Latency): Faults {
  return judge(during, bounds, (said, bound) => `good requests took ${said}, the bound is ${bound} ms`);
}

export function judgeAfterwards(after: Latency, before: Latency): Faults {
  const bounds = {
    p50Ms: Math.max(afterwardsMs.p50Ms, afterwardsTimes * before.p50Ms),
    p99Ms: Math.max(afterwardsMs.p99Ms, afterwardsTimes * before.p99Ms),
  };
  return judge(after, bounds, (said, bound) => `5 s afterwards good requests took ${said}, at most ${bound} was due`);
}

function judge(latency: Latency, bounds: Latency, say: (said: string, bound: string) => string): Faults {
  const parts = (['p50Ms', 'p99Ms'] as const).flatMap((name) => {
    if (latency[name] < bounds[name]) return [];
    const said = `${latency[name].toFixed(0)} ms (${name.slice(0, 3)})`;
    // Without any answer the latency is no number, and no bound is kept.
    const isGross = !(latency[name] <= grossTimes * bounds[name]);
    return [tooSlow(say(said, bounds[name].toFixed(0)), isGross)];
  });
  return allOf(parts);
}

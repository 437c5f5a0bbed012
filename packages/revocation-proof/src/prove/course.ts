import type { SeededRandom } from '@engagetrack/test-ground';

/** The progress of a round. It decides when traffic sends its requests. */
export interface Course {
  /** Milliseconds from the start to the fault and to its healing; planned, not measured. */
  readonly faultAfterMs: number;
  readonly holdMs: number;
  /** Resolves when the fault has been injected. */
  readonly injected: Promise<void>;
  /** Resolves when it has been healed. */
  readonly healed: Promise<void>;
  isInjected(): boolean;
  /** Whether the product has healed, so that traffic may end. */
  isOver(): boolean;
  /** An instant after the start, before, during or a little after the fault; milliseconds. */
  anyTimeMs(random: SeededRandom): number;
}

export interface CourseSteps extends Course {
  markInjected(): void;
  markHealed(): void;
  markOver(): void;
}

const faultAfterMs = [250, 900] as const;
const afterwardsMs = 500;

/** @param spanMinMs spreads the traffic over at least this long. */
export function createCourse(random: SeededRandom, holdMs: number, spanMinMs: number): CourseSteps {
  const injected = Promise.withResolvers<void>();
  const healed = Promise.withResolvers<void>();
  const chosenMs = random.between(...faultAfterMs);
  const spanMs = Math.max(spanMinMs, chosenMs + holdMs + afterwardsMs);
  let isInjected = false;
  let over = false;
  return {
    faultAfterMs: chosenMs,
    holdMs,
    injected: injected.promise,
    healed: healed.promise,
    isInjected: () => isInjected,
    isOver: () => over,
    anyTimeMs: (other) => other.between(0, spanMs),
    markInjected: () => {
      isInjected = true;
      injected.resolve();
    },
    markHealed: healed.resolve,
    markOver: () => {
      over = true;
    },
  };
}

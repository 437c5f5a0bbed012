/** The admission store's clock, known from its answers and continued by a clock that never steps. */
export interface StoreClock {
  heard(storeTimeMs: number): void;
  /** Unix milliseconds; the process clock's until the store has answered. */
  now(): number;
}

/** @param now the process clock, Unix milliseconds. @param monotonicNow a clock that never steps, milliseconds. */
export function createStoreClock(now: () => number, monotonicNow: () => number): StoreClock {
  let offsetMs: number | undefined;
  return {
    heard: (storeTimeMs) => {
      offsetMs = storeTimeMs - monotonicNow();
    },
    now: () => (offsetMs === undefined ? now() : monotonicNow() + offsetMs),
  };
}

import { createContext, type ReactNode, useContext, useSyncExternalStore } from 'react';

/** The pages' one clock, so that all relative times change together. */
export interface Clock {
  /** Unix milliseconds, as of the last tick. */
  nowMs(): number;
  subscribe(onTick: () => void): () => void;
}

const tickMs = 15_000;

/** @param now Unix milliseconds. */
export function createClock(now: () => number): Clock {
  const listeners = new Set<() => void>();
  let nowMs = now();
  let timer: ReturnType<typeof setInterval> | undefined;
  const tick = (): void => {
    nowMs = now();
    for (const listener of listeners) listener();
  };
  return {
    nowMs: () => nowMs,
    subscribe: (onTick) => {
      listeners.add(onTick);
      if (timer === undefined) {
        nowMs = now();
        timer = setInterval(tick, tickMs);
      }
      return () => {
        listeners.delete(onTick);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}

const ClockContext = createContext<Clock | undefined>(undefined);

export function ClockProvider({ clock, children }: { readonly clock: Clock; readonly children: ReactNode }) {
  return <ClockContext value={clock}>{children}</ClockContext>;
}

/** Unix milliseconds; renders again with every tick. */
export function useNowMs(): number {
  const clock = useContext(ClockContext);
  if (clock === undefined) throw new Error('There is no ClockProvider above');
  return useSyncExternalStore(clock.subscribe, clock.nowMs);
}

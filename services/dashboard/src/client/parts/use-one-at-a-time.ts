import { useCallback, useRef, useState } from 'react';

/**
 * Runs one piece of work at a time and ignores any other while it runs. State alone would let a second submit through
 * before the page has rendered the first.
 * @returns whether work runs, and a function that starts it.
 */
export function useOneAtATime(): readonly [boolean, (work: () => Promise<void>) => Promise<void>] {
  const running = useRef(false);
  const [waiting, setWaiting] = useState(false);
  const run = useCallback(async (work: () => Promise<void>) => {
    if (running.current) return;
    running.current = true;
    setWaiting(true);
    try {
      await work();
    } finally {
      running.current = false;
      setWaiting(false);
    }
  }, []);
  return [waiting, run];
}

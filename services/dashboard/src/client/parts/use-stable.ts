import { useCallback, useLayoutEffect, useRef } from 'react';

/** A function that stays the same from render to render and calls the latest one; for events, not for rendering. */
export function useStable<Args extends readonly unknown[]>(latest: (...args: Args) => void): (...args: Args) => void {
  const ref = useRef(latest);
  useLayoutEffect(() => {
    ref.current = latest;
  });
  return useCallback((...args: Args) => ref.current(...args), []);
}

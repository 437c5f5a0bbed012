import { useEffect, useEffectEvent } from 'react';

export interface BackGuardOptions {
  /** Whether leaving would lose something that cannot be had again. */
  readonly guarded: boolean;
  /** Somebody went back. The page is still there, and what to do about it is up to whoever asked for the guard. */
  readonly onBack: () => void;
}

const guardMark = 'guarded';

/**
 * Keeps the browser's Back button, a reload and a closed tab from losing something without a word. While guarded there
 * is one more entry of the same address in the history, for Back to use up.
 */
export function useBackGuard({ guarded, onBack }: BackGuardOptions): void {
  const back = useEffectEvent(onBack);
  useEffect(() => {
    if (!guarded) return;
    const addEntry = () => history.pushState({ ...history.state, [guardMark]: true }, '');
    const onPopState = () => {
      addEntry();
      back();
    };
    const onBeforeUnload = (event: BeforeUnloadEvent) => event.preventDefault();
    addEntry();
    window.addEventListener('popstate', onPopState);
    window.addEventListener('beforeunload', onBeforeUnload);
    return () => {
      window.removeEventListener('popstate', onPopState);
      window.removeEventListener('beforeunload', onBeforeUnload);
      if (history.state?.[guardMark] === true) history.back();
    };
  }, [guarded]);
}

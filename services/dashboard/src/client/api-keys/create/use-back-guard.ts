import { useEffect, useEffectEvent } from 'react';

export interface BackGuardOptions {
  /** Whether leaving would lose something for good. */
  readonly guarded: boolean;
  /** Called after Back was pressed. The page is still there, and the caller decides what to do. */
  readonly onBack: () => void;
}

const guardMark = 'guarded';

/**
 * Keeps the browser's Back button, a reload and a closed tab from losing something without a question. While guarded,
 * the history has one more entry of the same address, which Back uses up.
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

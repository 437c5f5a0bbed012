import { useEffect, useEffectEvent, useSyncExternalStore } from 'react';

const storageName = 'engagetrack.shortcuts';
const listeners = new Set<() => void>();

/** Single-key shortcuts can be switched off (WCAG 2.2, 2.1.4); the choice is kept in this browser. */
export function useShortcutsEnabled(): readonly [boolean, (enabled: boolean) => void] {
  const enabled = useSyncExternalStore(
    (onChange) => {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
    () => localStorage.getItem(storageName) !== 'off',
  );
  const setEnabled = (wanted: boolean): void => {
    localStorage.setItem(storageName, wanted ? 'on' : 'off');
    for (const listener of listeners) listener();
  };
  return [enabled, setEnabled];
}

/** Runs the action of a key that is pressed alone, outside of fields, menus and dialogs. */
export function useShortcuts(shortcuts: Readonly<Record<string, (() => void) | undefined>>): void {
  const [enabled] = useShortcutsEnabled();
  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    const run = shortcuts[event.key];
    if (run === undefined || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target instanceof Element && event.target.closest('input, textarea, select, [role="menu"], dialog'))
      return;
    event.preventDefault();
    run();
  });
  useEffect(() => {
    if (!enabled) return;
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [enabled]);
}

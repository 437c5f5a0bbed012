import type { HearOutput } from '@engagetrack/test-ground';
import { formsOfKey, type LeakForm, leaksIn } from './leak-forms.ts';

/** Searches the output of processes for keys as it comes: a long run's output would not fit into memory. */
export interface LeakWatch {
  readonly heard: HearOutput;
  /** Searches earlier output as well. */
  watchFor(keys: readonly string[]): void;
  readonly bytes: () => number;
  /** One entry for each kind of leak. */
  readonly leaks: () => readonly string[];
}

export function createLeakWatch(): LeakWatch {
  const found = new Set<string>();
  /** The end of each process's output, which may be the beginning of a key. */
  const tails = new Map<number, string>();
  let early: { readonly text: string; readonly pid: number }[] = [];
  let forms: readonly LeakForm[] | undefined;
  let longest = 0;
  let bytes = 0;

  const look = (text: string, pid: number): void => {
    if (forms === undefined) return void early.push({ text, pid });
    const whole = (tails.get(pid) ?? '') + text;
    for (const leak of leaksIn('process output', whole, forms)) found.add(leak);
    tails.set(pid, whole.slice(-longest));
  };
  return {
    heard: (chunk, pid) => {
      bytes += chunk.length;
      look(chunk.toString('latin1'), pid);
    },
    watchFor: (keys) => {
      forms = keys.flatMap(formsOfKey);
      longest = Math.max(...forms.map(({ text }) => text.length));
      for (const { text, pid } of early) look(text, pid);
      early = [];
    },
    bytes: () => bytes,
    leaks: () => [...found],
  };
}

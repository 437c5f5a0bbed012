import type { LoadFigures } from './load-messages.ts';

/** Load under way in a load process. */
export interface RunningLoad {
  take(): LoadFigures;
  end(): void;
}

/** Counts by name; a name that is missing counts 0. */
export interface Counts {
  add(name: string, amount?: number): void;
  raise(name: string, amount: number): void;
  all(): Readonly<Record<string, number>>;
}

export function createCounts(): Counts {
  const counts = new Map<string, number>();
  return {
    add: (name, amount = 1) => void counts.set(name, (counts.get(name) ?? 0) + amount),
    raise: (name, amount) => void counts.set(name, Math.max(counts.get(name) ?? 0, amount)),
    all: () => Object.fromEntries(counts),
  };
}

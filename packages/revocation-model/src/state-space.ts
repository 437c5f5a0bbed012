import { createBitReader, createBitWriter } from './bit-codec.ts';
import { createStateStore, noParent, type StateStore } from './state-store.ts';
import { type System, wordsPerStateMax } from './system.ts';

/** The states of a system as they are found: the working state goes in and out of the store by its canonical form. */
export interface StateSpace {
  readonly store: StateStore;
  /** Replaces the working state by a stored one. */
  readonly load: (index: number) => void;
  /** Stores the canonical form of the working state; its index is the former count when it is new. */
  readonly keep: (parent: number) => number;
  /** The packed states from a start to this one. */
  readonly pathTo: (index: number) => Uint32Array[];
}

export function createStateSpace(system: System): StateSpace {
  const writer = createBitWriter(wordsPerStateMax);
  const reader = createBitReader();
  const wordsPerState = measure(system);
  const store = createStateStore(wordsPerState);
  return {
    store,
    load: (index) => {
      reader.restart(store.words(), index * wordsPerState);
      system.read(reader);
    },
    keep: (parent) => {
      system.canonicalize();
      writer.restart();
      system.write(writer);
      writer.flush();
      return store.add(writer.words, parent);
    },
    pathTo: (index) => {
      const path: Uint32Array[] = [];
      for (let at = index; at !== noParent; at = store.parentOf(at)) {
        path.unshift(store.words().slice(at * wordsPerState, (at + 1) * wordsPerState));
      }
      return path;
    },
  };
}

/** The form of a state depends on the configuration alone, so any state tells its length. */
function measure(system: System): number {
  const writer = createBitWriter(wordsPerStateMax);
  for (const start of system.starts) {
    start();
    system.write(writer);
    return writer.flush();
  }
  throw new Error('The system has no state to start in');
}

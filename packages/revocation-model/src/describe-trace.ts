import { createBitReader, createBitWriter } from './bit-codec.ts';
import { type System, wordsPerStateMax } from './system.ts';

/**
 * Steps in a row that may leave the canonical form as it is: a cycle is given up, for example. Beyond it the walk
 * fails.
 */
const stutterMax = 3;

interface Walk {
  readonly state: Uint32Array;
  readonly sentences: readonly string[];
}

/**
 * Tells a path of canonical states in sentences, and leaves the system in the last state of it.
 *
 * Canonical states rename generations and instances and forget data that is never read again, so sentences
 * about them would change their names from step to step. The path is therefore walked again with plain states: from
 * each, some action leads to a state whose canonical form is the next one of the path, perhaps after steps that leave
 * the canonical form as it is.
 */
export function describeTrace(system: System, path: readonly Uint32Array[]): string[] {
  const writer = createBitWriter(wordsPerStateMax);
  const reader = createBitReader();
  const [first, ...rest] = path;
  if (first === undefined) return [];
  let walk = begin(first);
  let current = first;
  for (const next of rest) {
    walk = proceed(walk, current, next);
    current = next;
  }
  load(walk.state);
  return [...walk.sentences];

  function begin(canonical: Uint32Array): Walk {
    for (const start of system.starts) {
      start();
      const state = pack();
      if (isCanonically(canonical)) return { state, sentences: [] };
    }
    throw new Error('The path begins in no start state');
  }

  function proceed(from: Walk, canonical: Uint32Array, next: Uint32Array): Walk {
    let walks = [from];
    for (let stutter = 0; stutter <= stutterMax; stutter += 1) {
      for (const candidate of walks) {
        for (const reached of successors(candidate)) if (isState(reached, next)) return reached;
      }
      walks = walks.flatMap((candidate) => successors(candidate).filter((reached) => isState(reached, canonical)));
    }
    throw new Error('No action leads to the next state of the path');
  }

  function successors({ state, sentences }: Walk): Walk[] {
    const reached: Walk[] = [];
    for (const action of system.actions) {
      load(state);
      if (!action.step()) continue;
      const successor = pack();
      load(state);
      reached.push({ state: successor, sentences: [...sentences, capitalized(action.describe())] });
    }
    return reached;
  }

  function isState({ state }: Walk, canonical: Uint32Array): boolean {
    load(state);
    return isCanonically(canonical);
  }

  function isCanonically(canonical: Uint32Array): boolean {
    system.canonicalize();
    const packed = pack();
    return canonical.every((word, at) => packed[at] === word);
  }

  function pack(): Uint32Array {
    writer.restart();
    system.write(writer);
    return writer.words.slice(0, writer.flush());
  }

  function load(words: Uint32Array): void {
    reader.restart(words, 0);
    system.read(reader);
  }
}

function capitalized(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

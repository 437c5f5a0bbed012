import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';

/** Mebibytes. V8's own default on a 64-bit machine with enough memory. */
const defaultSemiSpaceMiB = 64;
/** Two halves for new objects, and as much again for those that survived once. */
const youngSpaces = 3;
const bytesPerMiB = 2 ** 20;

/**
 * Creates a function that says how full the heap's old space is, from 0 to 1; a process dies when it is full. V8's
 * limit includes the space for young objects, which is subtracted here.
 * @param nodeFlags the flags that Node was started with, as text.
 */
export function createHeapShare(nodeFlags: string): () => number {
  const [, flag] = /--max[-_]semi[-_]space[-_]size=(\d+)/.exec(nodeFlags) ?? [];
  const young = youngSpaces * Number(flag ?? defaultSemiSpaceMiB) * bytesPerMiB;
  const { heap_size_limit: limit } = getHeapStatistics();
  const oldLimit = limit > young ? limit - young : limit;
  return () => {
    const used = getHeapSpaceStatistics().reduce(
      (sum, { space_name: name, space_used_size: size }) => (name.startsWith('new_') ? sum : sum + size),
      0,
    );
    return used / oldLimit;
  };
}

import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';

/** V8's own choice on a 64-bit machine with memory to spare. */
const defaultSemiSpaceMiB = 64;
/** Two halves for the youngest objects, and as much again for those that survived once. */
const youngSpaces = 3;
const bytesPerMiB = 2 ** 20;

/**
 * How full the part of the heap is that a process dies of when it is full, from 0 to 1: without the space for young
 * objects, which V8 counts into its limit.
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

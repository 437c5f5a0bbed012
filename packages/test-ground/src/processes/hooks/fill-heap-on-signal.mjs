// Loaded into a service: SIGUSR2 fills its heap up to HEAP_BYTES, and the next SIGUSR2 empties it again. No source of
// the product mentions this.
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
let ballast = [];

process.on('SIGUSR2', () => {
  const isFull = ballast.length > 0;
  ballast = [];
  collect();
  if (isFull) return;
  // Numbers that are no small integers take 8 bytes each, on the heap itself and not beside it.
  while (oldBytes() < Number(process.env.HEAP_BYTES)) ballast.push(Array.from({ length: 1_000 }, (_, n) => n + 0.5));
});

/** The old generation alone: a process does not run out of memory by its young objects. */
function oldBytes() {
  return getHeapSpaceStatistics().reduce(
    (sum, { space_name: name, space_used_size: size }) => (name.startsWith('new_') ? sum : sum + size),
    0,
  );
}

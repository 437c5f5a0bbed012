import { deadKey } from './dead-key.ts';
import { floods } from './floods.ts';
import { freshKey } from './fresh-key.ts';
import { neighbours } from './neighbours.ts';
import { outages } from './outage.ts';
import { parallelCalls } from './parallel.ts';
import type { Row } from './row.ts';

/** In the order in which they run: the outages come last, because they stop what all others need. */
export const rows: readonly Row[] = [...floods, ...neighbours, ...parallelCalls, freshKey, deadKey, ...outages];

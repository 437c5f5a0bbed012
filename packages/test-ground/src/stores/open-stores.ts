import type { RunStore } from './run-stores.ts';

/** What the global set-up opened and the global tear-down closes: both run in one process and load this file once. */
export const openStores: RunStore[] = [];

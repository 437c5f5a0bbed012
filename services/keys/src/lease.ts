/**
 * The times of the revocation protocol (docs/revocation.md). Gateways never see them: they ask Redis whether the
 * witness is valid.
 */

/**
 * Milliseconds. A witness is invalid later than this after the cycle that set or extended it read the store's clock.
 */
export const leaseMs = 2_000;
/** Milliseconds. The protocol assumes that clocks drift apart no further than this within a lease. */
export const driftMs = 200;
/** Milliseconds. A renewer that has lost the database stops extending this long after its last finished snapshot. */
export const outageExtensionMs = 60_000;
export const cycleIntervalMs = 500;
/** Milliseconds. The witness of an older row of the ledger is certainly invalid. */
export const ledgerWindowMs = outageExtensionMs + driftMs;
/** Milliseconds. The slow path waits at least this long after the commit. */
export const slowPathMs = leaseMs + driftMs;

/**
 * The times that the revocation protocol is made of (docs/revocation.md). Gateways never see them: they ask Redis
 * whether the witness is valid.
 */

/** A witness lives this long after the store's clock was read at the start of the cycle that set or extended it. */
export const leaseMs = 2_000;
/** By how much clocks may have drifted apart within a lease. */
export const driftMs = 200;
/** How long after its last finished snapshot a renewer that has lost the database may go on extending. */
export const outageExtensionMs = 60_000;
export const cycleIntervalMs = 500;
/** A row of the ledger that is older than this proves its witness to be over. */
export const ledgerWindowMs = outageExtensionMs + driftMs;
/** The slow path waits at least this long after the commit. */
export const slowPathMs = leaseMs + driftMs;

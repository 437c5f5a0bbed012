/**
 * Every rule of the revocation protocol that can be turned off. The text holds while the rule is on; a row of the
 * checker turns one off and must find the request that is admitted after the acknowledgement.
 */
export const ruleTexts = {
  processBinding: 'Scripts live in one Redis process: a restarted or promoted process does not have them',
  scriptsFirst: 'A reload loads the scripts of its generation before it writes anything',
  scriptsLoadedOnce: 'SCRIPT LOAD is sent once and never again by the client',
  freshGeneration: 'A generation is never used for a second reload',
  reloadToken: 'The commands of a reload check that the token is still its own',
  reloadMarkersBound: 'The markers of a reload are written by scripts of its generation',
  cycleMarkersBound: 'The markers of an extension are written by scripts of its generation',
  cycleBound: 'No command of a cycle has an effect on another process than the one the cycle began on',
  timeFromSameProcess: 'TIME is read by a script of the generation, on the process whose witness is extended',
  extensionChecksWitness: 'A witness that is gone is not extended',
  absoluteExpiry: 'The witness gets an absolute expiry, so a late command gives no longer lease',
  leaseFromTime: 'The lease is counted from the TIME read before the snapshot',
  timeBeforeRow: 'TIME is read before the ledger row is committed',
  rowBeforeSnapshot: 'The ledger row is committed before the snapshot is taken',
  rowsInserted: 'Ledger rows are inserted, never overwritten',
  markersUntilConfirmed: 'A cycle writes every marker not yet confirmed on its own generation, whatever others did',
  noSequenceCursor: 'No sequence cursor decides which revocations a cycle looks at',
  acknowledgementNeedsProof: 'A DELETE is acknowledged by the fast path or by the slow path only',
  repeatedDeleteWaits: 'A repeated DELETE does the same again',
  waitFromCommit: 'The wait of the slow path begins when COMMIT has returned',
  ledgerAfterCommit: 'The ledger is read after the commit',
  ledgerChecked: 'The fast path asks the ledger',
  ledgerNamesGenerations: 'The fast path asks for other generations, not for other instances',
  markChecksWitness: 'The mark is set only where the witness is the generation it is confirmed for',
  markBoundToProcess: 'The mark is set by a script of the generation, so on its process',
  admissionNamesGeneration: 'The admission script compares the witness with the generation in its own text',
  trustWritesFirst: 'Every path that answers "trusted" writes first, so a demoted primary answers READONLY',
  failbackAfterLease: 'A demoted process is not promoted again within L',
  fallbackReadAfterArrival: 'A request shares an authority read only if the read began after the request arrived',
  movedOnByFinishedCycle: 'Outage extension: an instance moved on when a finished cycle says so, not a row',
  slowPathAsksInstances: 'Outage extension: the slow path waits for every registered instance to have moved on',
  fastPathWindowOfOutage: 'Outage extension: the window of the fast path is E + drift',
  outageSnapshotOfGeneration: 'Outage extension: only a snapshot confirmed on the same generation extends its witness',
  leaveAfterLease: 'Outage extension: an instance leaves the register only when its last lease is over',
} as const;

export type RuleName = keyof typeof ruleTexts;

export type Rules = Readonly<Record<RuleName, boolean>>;

export const allRules: Rules = {
  processBinding: true,
  scriptsFirst: true,
  scriptsLoadedOnce: true,
  freshGeneration: true,
  reloadToken: true,
  reloadMarkersBound: true,
  cycleMarkersBound: true,
  cycleBound: true,
  timeFromSameProcess: true,
  extensionChecksWitness: true,
  absoluteExpiry: true,
  leaseFromTime: true,
  timeBeforeRow: true,
  rowBeforeSnapshot: true,
  rowsInserted: true,
  markersUntilConfirmed: true,
  noSequenceCursor: true,
  acknowledgementNeedsProof: true,
  repeatedDeleteWaits: true,
  waitFromCommit: true,
  ledgerAfterCommit: true,
  ledgerChecked: true,
  ledgerNamesGenerations: true,
  markChecksWitness: true,
  markBoundToProcess: true,
  admissionNamesGeneration: true,
  trustWritesFirst: true,
  failbackAfterLease: true,
  fallbackReadAfterArrival: true,
  movedOnByFinishedCycle: true,
  slowPathAsksInstances: true,
  fastPathWindowOfOutage: true,
  outageSnapshotOfGeneration: true,
  leaveAfterLease: true,
};

export function rulesWithout(off: readonly RuleName[]): Rules {
  return { ...allRules, ...Object.fromEntries(off.map((name) => [name, false])) };
}

export function isRuleName(text: string): text is RuleName {
  return Object.hasOwn(ruleTexts, text);
}

/**
 * The state of the model. Everything is a small integer, so that a state packs into a few words.
 *
 * - A generation is 1 to 7, 0 for none. Numbers are only names: `canonical-form.ts` renames them.
 * - Time is counted down: a field that ends in `left` holds the ticks until it does not matter any more.
 * - `until` is an expiry: ticks from now on the reference clock plus the largest clock lead, 0 for over on every clock.
 */
export interface ProtocolState {
  readonly redisA: RedisHost;
  readonly redisB: RedisHost;
  readonly renewers: readonly Renewer[];
  readonly deletion: Deletion;
  readonly ledger: Ledger;
  readonly late: LateCommand;
  readonly gateways: readonly Gateway[];
  readonly faults: FaultsLeft;
}

/** The data of one Redis data set. */
export interface DataSet {
  witness: number;
  until: number;
  token: number;
  /** 1 when the marker of the key is there. */
  marker: number;
}

export interface RedisHost {
  readonly name: string;
  readonly live: DataSet;
  /** The data that a restart brings back: the live data of some earlier moment. */
  readonly disk: DataSet;
  /** Bit g is set when the process has the scripts of generation g. */
  scripts: number;
  /** One of {@link roles}. */
  role: number;
  /** Ticks by which this clock leads the reference clock, plus the largest lead: never negative. */
  lead: number;
  /** Ticks until this demoted host may be promoted again (Sentinel's failover-timeout). */
  promotableLeft: number;
}

/** Replicas refuse writes. A cut-off primary is an old one that does not know yet that the other host was promoted. */
export const roles = { replica: 0, primary: 1, cutOffPrimary: 2 } as const;

export interface Renewer {
  readonly name: string;
  /** One of `programs`: which cycle is running. */
  program: number;
  /** The next step of the program. */
  step: number;
  generation: number;
  /** The TIME of the cycle plus the longest span that counts from it: L, or E with the outage extension. */
  until: number;
  /** 1 when the snapshot of the cycle shows the revocation, so that the cycle has a marker to write. */
  sees: number;
  /** The generation on which the marker is confirmed, as the instance remembers it. */
  confirmed: number;
  /** Outage extension: the generation and the end (start of the snapshot plus E) of the last confirmed snapshot. */
  snapshotGeneration: number;
  snapshotUntil: number;
  /** Outage extension: 1 when the last finished cycle had a snapshot that shows the revocation. */
  hasFinished: number;
  /** Ticks until the last ledger row of this instance is older than the window, and the generation it names. */
  rowLeft: number;
  rowGeneration: number;
  /** 0: no row of this instance says that it moved on; else 1 + the ticks until such a row is L + drift old. */
  movedOn: number;
  /** 1 when the instance has left the register. */
  hasLeft: number;
  /** Ticks until the last lease this instance can have given is over. */
  leaseLeft: number;
  /** 1 when the instance's sequence cursor has moved past the revocation without seeing it. */
  hasPassed: number;
}

export interface Deletion {
  /** One of {@link phases}. */
  phase: number;
  /** Ticks until the slow path may acknowledge. */
  waitLeft: number;
  /** The generation through which the mark was set. */
  marked: number;
  /** The generation for which a ledger read before the commit found no other one (older wording). */
  ledgerRead: number;
  /** 1 when the database says that the revocation is propagated (older wording). */
  isPropagated: number;
  /** 1 when a revocation with a later sequence number has committed (older wording). */
  isOvertaken: number;
}

/** The phases of the one DELETE. */
export const phases = { waiting: 0, begun: 1, committed: 2, acknowledged: 3 } as const;

/** Ticks left in the window of the youngest row of each generation, three bits each; slot 0 is for forgotten ones. */
export interface Ledger {
  left: number;
}

/** The effect of a late command: it sets the witness (the end of a reload) or extends it. */
export const lateKinds = { none: 0, witness: 1, extend: 2 } as const;

/** A witness command that its sender has given up and that still arrives, or never does. */
export interface LateCommand {
  /** One of {@link lateKinds}. */
  kind: number;
  generation: number;
  until: number;
}

export interface Gateway {
  readonly name: string;
  /** 1 when the table holds an entry of the key, which says active. */
  hasEntry: number;
  /** 1 when a look-up has read "active" from the authority and has not stored it yet. */
  isFilling: number;
  /** A request that arrived after the acknowledgement: 0 none, 1 not yet judged, 2 needs the authority. */
  request: number;
  /** 1 when such a request was admitted. */
  hasAdmitted: number;
}

export const faultKinds = [
  'failover',
  'restart',
  'restartEmpty',
  'flushAll',
  'scriptFlush',
  'eviction',
  'clockStepsBack',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** How often each fault can still happen. */
export interface FaultsLeft {
  readonly kinds: Readonly<Record<FaultKind, { left: number }>>;
  /** All kinds together. */
  total: number;
}

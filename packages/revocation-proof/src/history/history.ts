import type { Arrival } from '@engagetrack/test-ground';

/**
 * The requests and answers of clients, and the requests that reached the upstream: enough to judge the product's
 * promises without knowing how it keeps them. Every instant is a millisecond of one monotonic clock, that of the
 * process which wrote the history.
 */
export interface History {
  readonly keys: readonly CreatedKey[];
  readonly calls: readonly Call[];
  readonly arrivals: readonly Arrival[];
  readonly revocations: readonly Revocation[];
  /** Of each organization one after the other: none is sent before the one before it has been acknowledged or abandoned. */
  readonly planChanges: readonly PlanChange[];
  readonly streams: readonly StreamAnswer[];
  readonly freezes: readonly Freeze[];
  /** Faults and restarts, for readers of an excerpt. */
  readonly notes: readonly Note[];
  /** No fault was left after this instant; absent when the product had not healed by the end. */
  readonly healthyFromMs: number | undefined;
  readonly endedAtMs: number;
}

/** A key whose 201 has arrived. */
export interface CreatedKey {
  readonly keyId: string;
  readonly organizationId: string;
  readonly acknowledgedAtMs: number;
}

/** A status, or `no_answer`: the connection broke, or the client's deadline passed first. */
export type Outcome = number | 'no_answer';

/** A request with an API key. */
export interface Call {
  readonly nonce: string;
  readonly keyId: string;
  readonly gateway: number;
  /** The policy under which it is counted. */
  readonly policy: string;
  /** The instant before its first byte left. */
  readonly sentAtMs: number;
  readonly endedAtMs: number;
  readonly outcome: Outcome;
  /** `X-RateLimit-Reset` of the answer, Unix seconds: the window in which the request was counted. */
  readonly windowEnd: number | undefined;
}

export interface Revocation {
  readonly keyId: string;
  /** The instant of its first DELETE. */
  readonly sentAtMs: number;
  /** The instant at which its 204 had arrived; absent when none arrived. */
  readonly acknowledgedAtMs?: number;
  /** The instant at which the client stopped trying without a 204: no later commit is possible for it. */
  readonly abandonedAtMs?: number;
}

export interface PlanChange {
  readonly organizationId: string;
  readonly plan: string;
  readonly sentAtMs: number;
  readonly acknowledgedAtMs?: number;
}

/** An answer that continues until one side ends it. */
export interface StreamAnswer {
  readonly nonce: string;
  readonly keyId: string;
  readonly gateway: number;
  readonly sentAtMs: number;
  /** The instant at which it ended; absent while it runs. */
  readonly endedAtMs: number | undefined;
}

/** A gateway that was stopped in mid-step: it can end no answer until it goes on. */
export interface Freeze {
  readonly gateway: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Note {
  readonly atMs: number;
  readonly text: string;
}

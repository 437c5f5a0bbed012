import type { Arrival } from '@engagetrack/test-ground';

/**
 * What clients sent and saw, and what the upstream saw: enough to judge the product's promises without knowing how it
 * keeps them. Every instant is a millisecond of one monotonic clock, that of the process which wrote the history.
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
  /** What was done to the product, for whoever reads an excerpt. */
  readonly notes: readonly Note[];
  /** From here on no fault was left; absent when the product had not healed by the end. */
  readonly healthyFromMs: number | undefined;
  readonly endedAtMs: number;
}

/** A key whose 201 has arrived. */
export interface CreatedKey {
  readonly keyId: string;
  readonly organizationId: string;
  readonly acknowledgedAtMs: number;
}

/** A status, or that the connection broke or the client's deadline passed first. */
export type Outcome = number | 'no_answer';

/** A request with an API key. */
export interface Call {
  readonly nonce: string;
  readonly keyId: string;
  readonly gateway: number;
  /** The limit it is counted under. */
  readonly policy: string;
  /** Before its first byte left. */
  readonly sentAtMs: number;
  readonly endedAtMs: number;
  readonly outcome: Outcome;
  /** `X-RateLimit-Reset` of the answer, Unix seconds: which window the request was counted in. */
  readonly windowEnd: number | undefined;
}

export interface Revocation {
  readonly keyId: string;
  /** The first of its DELETEs. */
  readonly sentAtMs: number;
  /** When its 204 had arrived; absent when none ever did. */
  readonly acknowledgedAtMs?: number;
  /** When the client gave it up for good without a 204: nothing can have been committed for it later. */
  readonly abandonedAtMs?: number;
}

export interface PlanChange {
  readonly organizationId: string;
  readonly plan: string;
  readonly sentAtMs: number;
  readonly acknowledgedAtMs?: number;
}

/** An answer that goes on until one side ends it. */
export interface StreamAnswer {
  readonly nonce: string;
  readonly keyId: string;
  readonly gateway: number;
  readonly sentAtMs: number;
  /** When it stopped; absent while it runs. */
  readonly endedAtMs: number | undefined;
}

/** A gateway that was stopped in mid-step: it can cut nothing until it goes on. */
export interface Freeze {
  readonly gateway: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Note {
  readonly atMs: number;
  readonly text: string;
}

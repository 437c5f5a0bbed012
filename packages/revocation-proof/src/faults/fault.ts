import type { Product, RecordingUpstream, SeededRandom } from '@engagetrack/test-ground';
import type { PostgresServer, RedisServer } from '@engagetrack/test-ground/stores';
import type { TcpFaultProxy } from '@engagetrack/test-ground/wire';

/**
 * The targets of faults: the product's processes, its stores and upstream, and the links of one gateway and of the key
 * services.
 */
export interface FaultGround {
  readonly redis: RedisServer;
  readonly postgres: PostgresServer;
  readonly product: Product;
  readonly links: FaultyLinks;
  readonly upstream: RecordingUpstream;
  readonly random: SeededRandom;
  /** Reports that a gateway was frozen from this instant of `performance.now()` until now. */
  gatewayThawed(gateway: number, frozenAtMs: number): void;
}

export interface FaultyLinks {
  readonly gatewayToRedis: TcpFaultProxy;
  /** The link of a key service that the gateway does not use. */
  readonly keysToRedis: TcpFaultProxy;
  /** The link of the key service that the gateway uses. */
  readonly ownKeysToRedis: TcpFaultProxy;
  readonly gatewayToKeys: TcpFaultProxy;
  readonly gatewayToKeysInternal: TcpFaultProxy;
}

/** One row of the fault catalogue. */
export interface Fault {
  /** The id in the catalogue of docs/revocation.md, such as `F04.flushall`. */
  readonly id: string;
  readonly what: string;
  /** Milliseconds that it lasts in a full run and in a short one. */
  readonly holdMs: readonly [full: number, short: number];
  readonly promises: FaultPromises;
  readonly aftermath: Aftermath;
  /** The reason why it cannot be injected on this machine; undefined when it can; absent when it always can. */
  missing?(): string | undefined | Promise<string | undefined>;
  /** Prepares it while the product is healthy. */
  arm(ground: FaultGround): Promise<ArmedFault>;
}

/**
 * The effect of a fault for a minute after it has healed. `generation`: Redis has begun a new one, or the database has
 * started anew, and every acknowledgement takes the slow path. `dead_instance`: a key service has died without leaving
 * the register, and the slow path waits for it.
 */
export type Aftermath = 'none' | 'generation' | 'dead_instance' | 'generation_and_dead_instance';

/** Milliseconds that the aftermath lasts. */
export const aftermathMs = 62_000;

export interface ArmedFault {
  inject(): Promise<void>;
  heal(): Promise<void>;
}

/** Promises beside those that hold under every fault. */
export interface FaultPromises {
  /** Requests over its quota that a key may be admitted in a window; none when absent. */
  readonly overAdmissionMax?: number;
  /** Milliseconds, the longest time from a DELETE to its 204. */
  readonly acknowledgedWithinMs?: number;
  /** Milliseconds from a DELETE to its 204 that half, and 99 of 100, do not exceed. */
  readonly acknowledgedMs?: { readonly p50: number; readonly p99: number };
  /** An older state of the database comes back, plans included: changes of plan are not tried. */
  readonly restoresPlans?: true;
  /**
   * Every request of a known key is 200, a failed look-up is 503 within 250 ms, and a DELETE is 204 or 503. `if_quick`:
   * holds where services start again within a lease, which only an otherwise idle machine can promise.
   */
  readonly knownKeysUnaffected?: true | 'if_quick';
}

/** Requests of one key that are under way at once. */
export const limitedCallsInFlight = 16;

/**
 * Requests that one gateway may admit without the counts of the others: its share of a quota of 600, where two gateways
 * share one.
 */
export const shareMax = 300;

/**
 * For every fault by which Redis is away from all gateways: not every gateway knows the requests that were in flight
 * then.
 */
export const redisAway: FaultPromises = { acknowledgedWithinMs: 3_500, overAdmissionMax: limitedCallsInFlight };

/** A fault that needs no preparation. */
export function armed(steps: (ground: FaultGround) => ArmedFault): Fault['arm'] {
  return async (ground) => steps(ground);
}

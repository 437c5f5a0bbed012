import type { Product, RecordingUpstream, SeededRandom } from '@engagetrack/test-ground';
import type { PostgresServer, RedisServer } from '@engagetrack/test-ground/stores';
import type { TcpFaultProxy } from '@engagetrack/test-ground/wire';

/** What faults are done to: the product's processes, its stores and upstream, and the links of one gateway and of key services. */
export interface FaultGround {
  readonly redis: RedisServer;
  readonly postgres: PostgresServer;
  readonly product: Product;
  readonly links: FaultyLinks;
  readonly upstream: RecordingUpstream;
  readonly random: SeededRandom;
  /** A gateway has stood still since this instant of `performance.now()`, and goes on now. */
  gatewayThawed(gateway: number, frozenAtMs: number): void;
}

export interface FaultyLinks {
  readonly gatewayToRedis: TcpFaultProxy;
  /** Of a key service that the gateway does not ask. */
  readonly keysToRedis: TcpFaultProxy;
  /** Of the one that it asks. */
  readonly ownKeysToRedis: TcpFaultProxy;
  readonly gatewayToKeys: TcpFaultProxy;
  readonly gatewayToKeysInternal: TcpFaultProxy;
}

/** One row of the fault catalogue. */
export interface Fault {
  /** Of the catalogue in docs/revocation.md, such as `F04.flushall`. */
  readonly id: string;
  readonly what: string;
  /** How long it lasts, milliseconds: in a full run, and in a short one. */
  readonly holdMs: readonly [full: number, short: number];
  readonly promises: FaultPromises;
  readonly aftermath: Aftermath;
  /** Why it cannot be injected on this machine; absent when it always can. */
  missing?(): string | undefined | Promise<string | undefined>;
  /** Gets ready for it while nothing is wrong yet. */
  arm(ground: FaultGround): Promise<ArmedFault>;
}

/**
 * What a fault leaves behind for a minute when it has healed. `generation`: Redis has begun a new one, or
 * the database has started anew, and every acknowledgement takes the slow path. `dead_instance`: a key service has died without a word, and whoever takes the
 * slow path waits for it.
 */
export type Aftermath = 'none' | 'generation' | 'dead_instance' | 'generation_and_dead_instance';

/** How long. */
export const aftermathMs = 62_000;

export interface ArmedFault {
  inject(): Promise<void>;
  heal(): Promise<void>;
}

/** What must hold beside the promises that hold under every fault. */
export interface FaultPromises {
  /** So many requests over its quota may be admitted of a key in a window; none when absent. */
  readonly overAdmissionMax?: number;
  /** Longest time from a DELETE to its 204. */
  readonly acknowledgedWithinMs?: number;
  /** Time from a DELETE to its 204 that half, and 99 of 100, do not exceed. */
  readonly acknowledgedMs?: { readonly p50: number; readonly p99: number };
  /** An older state of the database comes back, plans included: their changes are not tried. */
  readonly restoresPlans?: true;
  /**
   * Every request of a known key is 200, a miss is 503 within 250 ms, and a DELETE is 204 or 503. `if_quick`: where
   * services start again within a lease, which only a machine with nothing else to do can promise.
   */
  readonly knownKeysUnaffected?: true | 'if_quick';
}

/** As many requests of one key are under way at once. */
export const limitedCallsInFlight = 16;

/** What one gateway may admit that cannot know what others count: its share of a quota of 600, where two have one. */
export const shareMax = 300;

/** Of every fault by which Redis is away from everybody: what was in flight then, not every gateway knows. */
export const redisAway: FaultPromises = { acknowledgedWithinMs: 3_500, overAdmissionMax: limitedCallsInFlight };

/** A fault that needs no getting ready. */
export function armed(steps: (ground: FaultGround) => ArmedFault): Fault['arm'] {
  return async (ground) => steps(ground);
}

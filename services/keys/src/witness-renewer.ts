import { type Generation, newGeneration, type RenewalCycle, type RevocationStore } from '@engagetrack/admission-store';
import type { Logger } from '@engagetrack/service-chassis';
import type { ApiKeyStore } from './api-key-store.ts';
import { cycleIntervalMs, leaseMs, outageExtensionMs } from './lease.ts';
import type { LedgerStore, Snapshot } from './ledger-store.ts';
import type { KeysMetrics } from './metrics.ts';

/**
 * Makes the marker store vouch for its markers, twice a second, and never longer than a lease ahead.
 *
 * Guarantee: whenever the witness is valid, every revocation that was committed before the last finished snapshot's
 * start has its marker there, and that snapshot began at most a lease ago (while the database is away: at most the
 * outage extension ago). Any number of instances may renew at once; none needs to know of another.
 */
export interface WitnessRenewer {
  start(): void;
  /** Ends the renewal; the instance leaves the register if it holds no right that outlasts a lease. */
  stop(): Promise<void>;
}

export interface WitnessRenewerParts {
  /** A name that no other instance, before or after, has. */
  readonly instance: string;
  readonly ledger: LedgerStore;
  readonly revocations: RevocationStore;
  readonly store: ApiKeyStore;
  readonly metrics: KeysMetrics;
  readonly log: Logger;
  /** A clock that never steps, milliseconds. */
  readonly monotonicNow: () => number;
}

/** The last cycle that was finished: what its generation is known to hold. */
interface Finished {
  readonly generation: Generation;
  readonly seenBeforeXid: string;
  /** The store's clock before the snapshot began. */
  readonly timeMs: number;
}

const choresIntervalMs = 60_000;
/** Two instances that miss the witness at the same moment should not both reload. */
const reloadJitterMs = 100;

export function createWitnessRenewer(parts: WitnessRenewerParts): WitnessRenewer {
  const { instance, ledger, revocations, store, metrics, log, monotonicNow } = parts;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopping = false;
  let registered = false;
  let finished: Finished | undefined;
  let finishedSnapshotAt: string | undefined;
  let extendedWithoutDatabase = false;
  let choresDueAtMs = monotonicNow();
  let evictionChecked = false;
  let trouble = '';

  return {
    start: () => {
      timer = setTimeout(tick, 0);
    },
    stop: async () => {
      stopping = true;
      clearTimeout(timer);
      await running;
      if (registered && !extendedWithoutDatabase)
        await ledger.leave(instance).catch((error: unknown) => log.warn({ at: 'register_not_left', err: error }));
    },
  };

  function tick(): void {
    const startedAtMs = monotonicNow();
    running = renew()
      .then(
        (isTrusted) => {
          metrics.witnessTrusted.set(isTrusted ? 1 : 0);
          if (isTrusted) report('');
        },
        (error: unknown) => {
          metrics.witnessTrusted.set(0);
          report(error instanceof Error ? error.message : 'unknown');
        },
      )
      .then(chores)
      .finally(() => {
        if (stopping) return;
        timer = setTimeout(tick, Math.max(0, startedAtMs + cycleIntervalMs - monotonicNow()));
      });
  }

  /** Whether the witness is valid after this cycle. */
  async function renew(): Promise<boolean> {
    if (!registered) {
      await ledger.register(instance);
      registered = true;
    }
    let cycle: RenewalCycle;
    let generation: Generation | undefined;
    try {
      cycle = await revocations.openCycle();
      if (!evictionChecked && (await cycle.mayEvict())) {
        await moveOnWithoutStore();
        throw new Error('Redis may evict markers: set its maxmemory-policy to noeviction');
      }
      evictionChecked = true;
      generation = await cycle.currentGeneration();
    } catch (error) {
      await moveOnWithoutStore();
      throw error;
    }
    if (generation !== undefined && (await extend(cycle, generation))) return true;
    return reload(cycle);
  }

  /** Time, ledger row, snapshot, marks, witness: in this order, on one connection, and no step twice. */
  async function extend(cycle: RenewalCycle, generation: Generation): Promise<boolean> {
    const timeMs = await cycle.timeOf(generation);
    if (timeMs === undefined) return false;
    let snapshot: Snapshot;
    try {
      await ledger.addRow({ instance, generation, finishedSnapshotAt });
      snapshot = await ledger.takeSnapshot(finished?.generation === generation ? finished.seenBeforeXid : undefined);
    } catch (error) {
      report(error instanceof Error ? error.message : 'unknown');
      return extendWithoutDatabase(cycle, generation, timeMs);
    }
    if (!(await cycle.markUnderWitness(generation, snapshot.marks))) return false;
    if (!(await cycle.extendWitness(generation, timeMs + leaseMs))) return false;
    finish(generation, timeMs, snapshot);
    return true;
  }

  /** While the database is away, what was confirmed on this generation is vouched for a while longer. */
  async function extendWithoutDatabase(cycle: RenewalCycle, generation: Generation, timeMs: number): Promise<boolean> {
    if (finished?.generation !== generation) return true;
    const untilMs = Math.min(timeMs + leaseMs, finished.timeMs + outageExtensionMs);
    if (untilMs <= timeMs) return true;
    extendedWithoutDatabase = true;
    return cycle.extendWitness(generation, untilMs);
  }

  /** A store that has lost its memory, or never had one, gets a generation of its own. */
  async function reload(cycle: RenewalCycle): Promise<boolean> {
    await pause(Math.random() * reloadJitterMs);
    const before = await cycle.currentGeneration();
    if (before !== undefined && (await cycle.timeOf(before)) !== undefined) return true;
    const generation = newGeneration();
    const timeMs = await cycle.beginReload(generation);
    await ledger.addRow({ instance, generation, finishedSnapshotAt });
    const snapshot = await ledger.takeSnapshot();
    if (!(await cycle.markUnderClaim(generation, snapshot.marks))) return false;
    if (!(await cycle.setWitness(generation, timeMs + leaseMs))) return false;
    finish(generation, timeMs, snapshot);
    log.info({ at: 'markers_reloaded', marks: snapshot.marks.length });
    return true;
  }

  function finish(generation: Generation, timeMs: number, snapshot: Snapshot): void {
    finished = { generation, seenBeforeXid: snapshot.seenBeforeXid, timeMs };
    finishedSnapshotAt = snapshot.startedAt;
    extendedWithoutDatabase = false;
    if (snapshot.oldestMarkAgeMs !== undefined) metrics.revocationLag.observe(snapshot.oldestMarkAgeMs / 1000);
  }

  /**
   * Without the marker store nothing can be renewed, but a revocation elsewhere may wait to hear that this instance
   * will not renew from an old snapshot: it gives up the right to, and only then says so.
   */
  async function moveOnWithoutStore(): Promise<void> {
    finished = undefined;
    evictionChecked = false;
    const snapshot = await ledger.takeSnapshot(maximalXid);
    finishedSnapshotAt = snapshot.startedAt;
    extendedWithoutDatabase = false;
    await ledger.addRow({ instance, generation: undefined, finishedSnapshotAt });
  }

  /** Once a minute: what the store knows and the database lost, what nobody needs any more, and the eviction policy. */
  async function chores(): Promise<void> {
    if (stopping || monotonicNow() < choresDueAtMs) return;
    choresDueAtMs = monotonicNow() + choresIntervalMs;
    evictionChecked = false;
    try {
      await ledger.prune();
      await revocations.visitMarkedKeys(async (keyIds) => {
        const revoked = await store.revokeMarked(keyIds);
        if (revoked > 0) log.error({ at: 'revocations_restored', keys: revoked });
      });
    } catch (error) {
      log.warn({ at: 'chores_put_off', err: error });
    }
  }

  /** One line when trouble begins, one when it is over. */
  function report(message: string): void {
    if (message === trouble) return;
    if (message === '') log.info({ at: 'renewal_recovered' });
    else log.warn({ at: 'renewal_failed', reason: message });
    trouble = message;
  }
}

/** Above every transaction: a snapshot of nothing but the clock. */
const maximalXid = '18446744073709551615';

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

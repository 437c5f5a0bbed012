import { type Generation, newGeneration, type RenewalCycle, type RevocationStore } from '@engagetrack/admission-store';
import type { Logger } from '@engagetrack/service-chassis';
import type { ApiKeyStore } from './api-key-store.ts';
import { cycleIntervalMs, leaseMs, outageExtensionMs } from './lease.ts';
import type { LedgerStore, Snapshot, SnapshotCursor } from './ledger-store.ts';
import type { KeysMetrics } from './metrics.ts';

/**
 * Makes the marker store vouch for its markers, twice a second, and never longer than a lease ahead.
 *
 * Guarantee: whenever the witness is valid, the store has the marker of every revocation that was committed before the
 * last finished snapshot began, and that snapshot began at most a lease ago (while the database is away: at most the
 * outage extension ago). Any number of instances may renew at once; none needs to know of another.
 */
export interface WitnessRenewer {
  start(): void;
  /** Ends the renewal and writes the last row of the ledger; the last renewed witness is over a lease later. */
  stop(): Promise<void>;
}

export interface WitnessRenewerParts {
  /** A name that no other instance has ever had. */
  readonly instance: string;
  readonly ledger: LedgerStore;
  readonly revocations: RevocationStore;
  readonly store: ApiKeyStore;
  readonly metrics: KeysMetrics;
  readonly log: Logger;
  /** A clock that never steps, milliseconds. */
  readonly monotonicNow: () => number;
}

/** The changes that a generation is known to hold, since the last finished cycle. */
interface Confirmed {
  readonly generation: Generation;
  readonly cursor: SnapshotCursor;
}

/** The right to extend this generation's witness without the database. */
interface Right {
  readonly generation: Generation;
  /** The store's clock before the snapshot of the last finished cycle began. */
  readonly snapshotTimeMs: number;
}

const choresIntervalMs = 60_000;
/**
 * Milliseconds. A random rest up to this long, so that two instances that miss the witness at the same moment rarely
 * both reload.
 */
const reloadJitterMs = 100;

export function createWitnessRenewer(parts: WitnessRenewerParts): WitnessRenewer {
  const { instance, ledger, revocations, store, metrics, log, monotonicNow } = parts;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let chores: Promise<void> | undefined;
  let stopping = false;
  let confirmed: Confirmed | undefined;
  let right: Right | undefined;
  let finishedSnapshotAt: string | undefined;
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
      await chores;
      await ledger.leave(instance).catch((error: unknown) => log.warn({ at: 'ledger_not_left', err: error }));
    },
  };

  function tick(): void {
    const startedAtMs = monotonicNow();
    running = renew()
      .then(
        (isTrusted) => {
          metrics.witnessTrusted.set(isTrusted ? 1 : 0);
        },
        (error: unknown) => {
          metrics.witnessTrusted.set(0);
          report(messageOf(error));
        },
      )
      .finally(() => {
        if (stopping) return;
        beginChores();
        timer = setTimeout(tick, Math.max(0, startedAtMs + cycleIntervalMs - monotonicNow()));
      });
  }

  /** Whether the witness is valid after this cycle. */
  async function renew(): Promise<boolean> {
    let isTrusted = false;
    try {
      const cycle = await revocations.openCycle();
      await refuseEviction(cycle);
      const generation = await cycle.currentGeneration();
      isTrusted = (generation !== undefined && (await extend(cycle, generation))) || (await reload(cycle));
      return isTrusted;
    } finally {
      if (!isTrusted) await moveOn();
    }
  }

  async function refuseEviction(cycle: RenewalCycle): Promise<void> {
    if (evictionChecked) return;
    if (await cycle.mayEvict()) throw new Error('Redis may evict markers: set its maxmemory-policy to noeviction');
    evictionChecked = true;
  }

  /** Time, ledger row, snapshot, marks, witness: in this order, on one connection, and no step is repeated. */
  async function extend(cycle: RenewalCycle, generation: Generation): Promise<boolean> {
    const timeMs = await cycle.timeOf(generation);
    if (timeMs === undefined) return false;
    const since = confirmed?.generation === generation ? confirmed.cursor : undefined;
    let snapshot: Snapshot;
    try {
      await ledger.addRow({ instance, generation, finishedSnapshotAt });
      snapshot = await ledger.takeSnapshot(since);
    } catch (error) {
      report(messageOf(error));
      return extendWithoutDatabase(cycle, generation, timeMs);
    }
    if (!(await cycle.markUnderWitness(generation, snapshot.marks))) return false;
    if (!(await cycle.extendWitness(generation, timeMs + leaseMs))) return false;
    await finish(generation, timeMs, snapshot);
    // Marks that are repeated on another generation are no lag.
    if (since !== undefined && snapshot.oldestMarkAgeMs !== undefined)
      metrics.revocationLag.observe(snapshot.oldestMarkAgeMs / 1000);
    return true;
  }

  /** While the database is away, extends the witness of this generation up to the outage extension. */
  async function extendWithoutDatabase(cycle: RenewalCycle, generation: Generation, timeMs: number): Promise<boolean> {
    // Another instance may still extend this generation; this one has no right to.
    if (right?.generation !== generation) return true;
    const untilMs = Math.min(timeMs + leaseMs, right.snapshotTimeMs + outageExtensionMs);
    return untilMs <= timeMs || cycle.extendWitness(generation, untilMs);
  }

  /** Gives a store that has lost its memory, or never had one, a new generation. */
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
    await finish(generation, timeMs, snapshot);
    log.info({ at: 'markers_reloaded', marks: snapshot.marks.length });
    return true;
  }

  async function finish(
    generation: Generation,
    snapshotTimeMs: number,
    { cursor, startedAt, marks }: Snapshot,
  ): Promise<void> {
    // Another database, or an older state of this one, may have lost changes that the store still knows.
    if (confirmed !== undefined && confirmed.cursor.databaseRun !== cursor.databaseRun) choresDueAtMs = monotonicNow();
    confirmed = { generation, cursor };
    right = { generation, snapshotTimeMs };
    finishedSnapshotAt = startedAt;
    report('');
    // An acknowledgement may wait for this row; without changes the row of the next cycle comes early enough.
    if (marks.length > 0) await sayFinished().catch(() => undefined);
  }

  function sayFinished(): Promise<void> {
    return ledger.addRow({ instance, generation: undefined, finishedSnapshotAt });
  }

  /**
   * A failed cycle has renewed nothing, but an acknowledgement elsewhere may wait until this instance no longer renews
   * from an old snapshot: this instance gives up its right, and only then writes so. While the database does not answer
   * either, giving it up would help no caller, so the right is kept.
   */
  async function moveOn(): Promise<void> {
    evictionChecked = false;
    try {
      const now = await ledger.readClock('renewal');
      right = undefined;
      finishedSnapshotAt = now;
      await sayFinished();
    } catch {
      // The next cycle writes the row, or succeeds.
    }
  }

  /** Runs beside the renewal: the store may hold millions of names, and the lease does not wait for them. */
  function beginChores(): void {
    if (chores !== undefined || monotonicNow() < choresDueAtMs) return;
    choresDueAtMs = monotonicNow() + choresIntervalMs;
    chores = doChores()
      .catch((error: unknown) => log.warn({ at: 'chores_put_off', err: error }))
      .finally(() => {
        chores = undefined;
      });
  }

  /**
   * Once a minute: restores changes that the database has lost, prunes the ledger, and has the eviction policy checked
   * again.
   */
  async function doChores(): Promise<void> {
    evictionChecked = false;
    await ledger.prune();
    await revocations.visitMarks(async (marks) => {
      const { keys, organizations } = await store.restore(marks);
      if (keys + organizations === 0) return;
      metrics.revocationsRestored.inc(keys);
      log.error({ at: 'revocations_restored', keys, organizations });
    });
  }

  /** Logs one line when a failure begins and one when it is over. */
  function report(message: string): void {
    if (message === trouble) return;
    if (message === '') log.info({ at: 'renewal_recovered' });
    else log.warn({ at: 'renewal_failed', reason: message });
    trouble = message;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

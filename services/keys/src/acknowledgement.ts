import type { Mark, RevocationStore } from '@engagetrack/admission-store';
import { unavailable } from '@engagetrack/contracts';
import { slowPathMs } from './lease.ts';
import type { LedgerStore } from './ledger-store.ts';
import { createSharedRead } from './shared-read.ts';

/**
 * Resolves once no gateway can act on the state before the marks. Call it after the change was committed, and again for
 * every repetition.
 * @throws Problem 503 when that is not certain yet.
 */
export type Acknowledge = (marks: readonly Mark[]) => Promise<void>;

export interface AcknowledgementParts {
  readonly revocations: RevocationStore;
  readonly ledger: LedgerStore;
  /** A clock that never steps, milliseconds. */
  readonly monotonicNow: () => number;
}

const pollIntervalMs = 50;
/**
 * Milliseconds. The rest between two attempts to mark doubles from first to longest: a lost connection is back soon,
 * but when the store has just lost its generation many callers wait, and none is in a hurry.
 */
const markRestMs = { first: 50, longest: 250 };
/**
 * Milliseconds. After them the caller gets a 503 and may ask again: an instance that died while cut off delays
 * certainty by up to a minute.
 */
const patienceMs = 8_000;

/**
 * Fast path: the marks were written through the only generation that was renewed within the window, so the one process
 * that can hold a valid witness has them. Slow path: every instance has moved on from snapshots before the commit.
 */
export function createAcknowledge({ revocations, ledger, monotonicNow }: AcknowledgementParts): Acknowledge {
  const readRenewals = createSharedRead(() => ledger.readRenewals());
  return async (marks) => {
    const committedAtMs = monotonicNow();
    // The clock is read at once and awaited only if needed. After a failure it is read again, which only waits longer.
    let committedAt: Promise<string> | undefined;
    const readCommittedAt = (): Promise<string> => {
      committedAt ??= ledger.readClock('main').catch((error: unknown) => {
        committedAt = undefined;
        throw error;
      });
      return committedAt;
    };
    readCommittedAt().catch(() => undefined);
    let marking: Promise<void> | undefined;
    let isMarked = false;
    let restMs = markRestMs.first;
    const attempt = async (): Promise<void> => {
      isMarked ||= await markAlone(marks);
      if (!isMarked) await pause(restMs);
      restMs = Math.min(2 * restMs, markRestMs.longest);
      marking = undefined;
    };
    let fault: unknown;
    while (monotonicNow() - committedAtMs < patienceMs) {
      marking ??= attempt();
      // A store that does not answer must not delay the slow path.
      await Promise.race([marking, pause(pollIntervalMs)]);
      if (isMarked) return;
      try {
        const isLeaseOver = monotonicNow() - committedAtMs >= slowPathMs;
        if (isLeaseOver && (await readCommittedAt()) < (await readRenewals()).allMovedOnBefore) return;
      } catch (error) {
        fault = error;
      }
    }
    throw unavailable('not_certain_yet', fault);
  };

  /**
   * Whether the only process that can have a valid witness has the marks. When that is unknown, the slow path decides.
   */
  async function markAlone(marks: readonly Mark[]): Promise<boolean> {
    try {
      const generation = await revocations.mark(marks);
      return generation !== undefined && (await readRenewals()).onlyGenerationIs(generation);
    } catch {
      return false;
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

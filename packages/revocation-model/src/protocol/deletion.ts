import { type Action, usualAction } from '../system.ts';
import { createAcknowledgements } from './acknowledgement.ts';
import { namesAnother } from './ledger.ts';
import { hostPairs, type Protocol } from './protocol.ts';
import { createRedisReads, isWritable } from './redis.ts';
import { phases, type RedisHost } from './state.ts';

/**
 * The DELETE, on an instance that never renews. It may mark again and read the ledger again as often as it likes.
 *
 * A repeated DELETE is not modelled separately: it can do nothing that this one cannot do later, because its mark, its
 * ledger read and its wait all begin after the same commit. A DELETE that is never acknowledged needs no action either:
 * the slow path acknowledges at the moment from which an unacknowledged revocation must hold (R3).
 */
export function createDeletionActions(protocol: Protocol): Action[] {
  const { state, rules, bounds } = protocol;
  const { deletion, ledger } = state;
  const { hasScripts, isTrusted } = createRedisReads(protocol);
  const pairs = hostPairs(protocol);
  const waitTicks = bounds.leaseTicks + bounds.driftTicks;
  // With the outage extension the slow path reads the rows of the instances instead of waiting.
  const waits = bounds.outageTicks === 0 || !rules.slowPathAsksInstances;
  const isBeginSeparate = !rules.waitFromCommit || !rules.ledgerAfterCommit || !rules.noSequenceCursor;
  const name = rules.ledgerNamesGenerations ? 'The instance of the DELETE' : 'Instance 1, which also has the DELETE,';

  return [
    ...(isBeginSeparate ? [begin()] : []),
    ...(rules.ledgerAfterCommit ? [] : [readLedgerEarly(state.redisA), readLedgerEarly(state.redisB)]),
    ...(rules.noSequenceCursor ? [] : [overtake()]),
    commit(),
    ...pairs.flatMap(({ host, other }) =>
      rules.markChecksWitness ? [mark(host, host)] : [mark(host, host), mark(host, other)],
    ),
    ...createAcknowledgements(protocol),
  ];

  function begin(): Action {
    return usualAction(
      () => 'The DELETE begins its transaction: it draws its sequence number and sets revoked_at.',
      () => {
        if (deletion.phase !== phases.waiting) return false;
        deletion.phase = phases.begun;
        deletion.waitLeft = rules.waitFromCommit ? 0 : waitTicks;
        return true;
      },
    );
  }

  function readLedgerEarly(host: RedisHost): Action {
    return usualAction(
      () =>
        `${name} reads generation ${host.live.witness} from ${host.name} and, before its commit, finds no other one in the ledger.`,
      () => {
        const { witness } = host.live;
        if (deletion.phase !== phases.begun || !isTrusted(host, witness) || namesAnother(ledger, witness)) return false;
        deletion.ledgerRead = witness;
        return true;
      },
    );
  }

  function overtake(): Action {
    return usualAction(
      () => 'The revocation of another key, with a later sequence number, is committed.',
      () => {
        if (deletion.phase !== phases.begun || deletion.isOvertaken === 1) return false;
        deletion.isOvertaken = 1;
        return true;
      },
    );
  }

  function commit(): Action {
    return usualAction(
      () => 'The revocation is committed.',
      () => {
        if (deletion.phase !== (isBeginSeparate ? phases.begun : phases.waiting)) return false;
        deletion.phase = phases.committed;
        // The wait is counted from the commit itself: the earliest moment at which COMMIT can have returned.
        if (rules.waitFromCommit && waits) deletion.waitLeft = waitTicks;
        return true;
      },
    );
  }

  /** The mark reaches one process; in the older wording the generation may have been read on another one. */
  function mark(host: RedisHost, witnessHost: RedisHost): Action {
    return usualAction(
      () =>
        host === witnessHost
          ? `${name} sets the marker on ${host.name}, through generation ${witnessHost.live.witness}.`
          : `${name} reads generation ${witnessHost.live.witness} from ${witnessHost.name}; its plain SET of the marker reaches ${host.name}.`,
      () => {
        const { witness } = witnessHost.live;
        if (deletion.phase !== phases.committed || !isWritable(host) || !isTrusted(witnessHost, witness)) return false;
        if (rules.markBoundToProcess && !hasScripts(witnessHost, witness)) return false;
        if (host.live.marker === 1 && deletion.marked === witness) return false;
        host.live.marker = 1;
        deletion.marked = witness;
        return true;
      },
    );
  }
}

import { type Action, usualAction } from '../system.ts';
import type { StepPlace } from './cycle.ts';
import { isWritable } from './redis.ts';
import type { RedisHost } from './state.ts';
import type { HostPair, StepParts } from './step-parts.ts';

/** Older wording only: the generation is learned before the ledger row, and TIME is read after it. */
export function readWitness({ isTrusted }: StepParts, place: StepPlace, host: RedisHost): Action {
  const { renewer, isNext, advance } = place;
  return usualAction(
    () => `${renewer.name} reads generation ${host.live.witness} from the witness of ${host.name}.`,
    () => {
      if (!isNext() || !isTrusted(host, host.live.witness)) return false;
      renewer.generation = host.live.witness;
      advance();
      return true;
    },
  );
}

/** A script that checks the witness of `host` returns TIME; in the older wording it is the TIME of `other`. */
export function readTime(parts: StepParts, place: StepPlace, { host, other: clock }: HostPair): Action {
  const { isTrusted, runs, beginLease, generationAt } = parts;
  const { renewer, isNext, advance } = place;
  return usualAction(
    () =>
      clock === host
        ? `${renewer.name} reads TIME on ${host.name}, whose witness is generation ${generationAt(place, host)}.`
        : `${renewer.name} begins a cycle for generation ${generationAt(place, host)} of ${host.name}, but reads TIME on ${clock.name}.`,
    () => {
      if (!isNext()) return false;
      const generation = generationAt(place, host);
      if (!isTrusted(host, generation) || !runs(host, generation)) return false;
      renewer.generation = generation;
      beginLease(renewer, clock);
      advance();
      return true;
    },
  );
}

/**
 * Without the authority: no ledger row and no snapshot. The lease ends with L as always, and at the latest E after the
 * last snapshot whose markers this instance confirmed on the same generation. The instance may believe at any time that
 * the authority fails.
 */
export function readOutageTime(parts: StepParts, place: StepPlace, host: RedisHost): Action {
  const { protocol, spanTicks, isTrusted, runs, beginLease } = parts;
  const { rules, bounds } = protocol;
  const { renewer, isNext, advance } = place;
  return usualAction(
    () =>
      `${renewer.name} cannot reach the authority and reads TIME on ${host.name}, to go on with generation ${host.live.witness}.`,
    () => {
      const { witness } = host.live;
      if (!isNext() || renewer.snapshotUntil === 0 || !isTrusted(host, witness) || !runs(host, witness)) return false;
      if (rules.outageSnapshotOfGeneration && renewer.snapshotGeneration !== witness) return false;
      renewer.generation = witness;
      beginLease(renewer, host);
      const latest = renewer.snapshotUntil + spanTicks - bounds.leaseTicks;
      if (renewer.until > latest) renewer.until = latest;
      advance();
      return true;
    },
  );
}

/** PEXPIREAT with GT by a script that checks the witness. */
export function extendWitness(parts: StepParts, { renewer, isNext, advance }: StepPlace, host: RedisHost): Action {
  const { protocol, runs, isTrusted, leaseOf } = parts;
  const { rules } = protocol;
  return usualAction(
    () => `${renewer.name} extends the witness of ${host.name}, generation ${renewer.generation}.`,
    () => {
      if (!isNext() || !isWritable(host) || !runs(host, renewer.generation)) return false;
      if (rules.extensionChecksWitness && !isTrusted(host, renewer.generation)) return false;
      const until = leaseOf(renewer, host);
      if (until > host.live.until || host.live.witness !== renewer.generation) {
        host.live.witness = renewer.generation;
        host.live.until = until;
      }
      advance();
      return true;
    },
  );
}

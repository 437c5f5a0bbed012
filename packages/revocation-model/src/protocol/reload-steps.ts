import { type Action, usualAction } from '../system.ts';
import type { StepPlace } from './cycle.ts';
import { drawGeneration, generationsMax, namedGenerations } from './generations.ts';
import { programs } from './programs.ts';
import { isWritable } from './redis.ts';
import type { RedisHost } from './state.ts';
import type { StepParts } from './step-parts.ts';

/** SCRIPT LOAD: the first step, which draws the generation; in an older wording a later one. */
export function loadScripts({ protocol }: StepParts, place: StepPlace, host: RedisHost): Action {
  const { renewer, isNext, isFirst, advance } = place;
  const { state } = protocol;
  return usualAction(
    () =>
      isFirst
        ? `${renewer.name} draws generation ${drawGeneration(state)} and loads its scripts on ${host.name}.`
        : `${renewer.name} loads the scripts of generation ${renewer.generation} on ${host.name}.`,
    () => {
      if (!isNext()) return false;
      if (isFirst) renewer.generation = drawGeneration(state);
      host.scripts |= 1 << renewer.generation;
      advance();
      return true;
    },
  );
}

/** An action that `scriptsLoadedOnce` forbids. */
export function loadScriptsAgain({ hasScripts }: StepParts, { renewer }: StepPlace, host: RedisHost): Action {
  return usualAction(
    () => `The client of ${renewer.name} sends SCRIPT LOAD of generation ${renewer.generation} again, to ${host.name}.`,
    () => {
      if (renewer.program !== programs.reload || hasScripts(host, renewer.generation)) return false;
      host.scripts |= 1 << renewer.generation;
      return true;
    },
  );
}

/** An action that `freshGeneration` forbids. */
export function drawTwice({ protocol }: StepParts, { renewer, isNext, advance }: StepPlace, host: RedisHost): Action[] {
  const { state } = protocol;
  return Array.from({ length: generationsMax }, (_, index) => index + 1).map((generation) =>
    usualAction(
      () => `${renewer.name} draws generation ${generation} a second time and loads its scripts on ${host.name}.`,
      () => {
        if (!isNext() || ((namedGenerations(state) >> generation) & 1) === 0) return false;
        renewer.generation = generation;
        host.scripts |= 1 << generation;
        advance();
        return true;
      },
    ),
  );
}

/** One script sets the token and returns TIME. */
export function setToken({ protocol, runs, beginLease }: StepParts, place: StepPlace, host: RedisHost): Action {
  const { renewer, isNext, isFirst, advance } = place;
  const { state } = protocol;
  return usualAction(
    () =>
      isFirst
        ? `${renewer.name} draws generation ${drawGeneration(state)}, sets its token on ${host.name} and reads TIME there.`
        : `${renewer.name} sets the token of generation ${renewer.generation} on ${host.name} and reads TIME there.`,
    () => {
      if (!isNext() || !isWritable(host)) return false;
      if (!isFirst && !runs(host, renewer.generation)) return false;
      if (isFirst) renewer.generation = drawGeneration(state);
      host.live.token = renewer.generation;
      beginLease(renewer, host);
      advance();
      return true;
    },
  );
}

/** The last step: only where the token is still the reload's own, and only if the lease is in the future. */
export function setWitness(parts: StepParts, { renewer, isNext, advance }: StepPlace, host: RedisHost): Action {
  const { protocol, runs, isAhead, leaseOf } = parts;
  const { rules } = protocol;
  return usualAction(
    () => `${renewer.name} sets the witness of ${host.name} to generation ${renewer.generation}.`,
    () => {
      if (!isNext() || !isWritable(host) || !runs(host, renewer.generation)) return false;
      if (rules.reloadToken && host.live.token !== renewer.generation) return false;
      const until = leaseOf(renewer, host);
      if (!isAhead(host, until)) return false;
      host.live.witness = renewer.generation;
      host.live.until = until;
      advance();
      return true;
    },
  );
}

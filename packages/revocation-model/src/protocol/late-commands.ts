import { type Action, usualAction } from '../system.ts';
import { hostPairs, type Protocol } from './protocol.ts';
import { createRedisReads, isWritable } from './redis.ts';
import { lateKinds, type RedisHost } from './state.ts';

/**
 * A witness command whose sender has given it up arrives after all, or never. Other late commands are left out: a late
 * marker only refuses requests, a late token or SCRIPT LOAD belongs to a reload that never finishes.
 */
export function createLateCommandActions(protocol: Protocol): Action[] {
  const { state, bounds, rules } = protocol;
  if (bounds.lateCommands === 0) return [];
  const { late } = state;
  const { hasScripts, isAhead, isTrusted } = createRedisReads(protocol);
  return [...hostPairs(protocol).map(({ host }) => arrive(host)), lose()];

  function arrive(host: RedisHost): Action {
    return usualAction(
      () =>
        `The late command arrives: it ${late.kind === lateKinds.witness ? 'sets' : 'extends'} the witness of ${host.name}, generation ${late.generation}.`,
      () => {
        const { kind, generation, until } = late;
        if (kind === lateKinds.none || !isWritable(host) || !hasScripts(host, generation)) return false;
        const isAccepted =
          kind === lateKinds.witness
            ? isAhead(host, until) && (!rules.reloadToken || host.live.token === generation)
            : isTrusted(host, generation);
        if (!isAccepted) return false;
        const isLonger = kind === lateKinds.witness || until > host.live.until;
        host.live.witness = generation;
        if (isLonger) host.live.until = until;
        forget();
        return true;
      },
    );
  }

  function lose(): Action {
    return usualAction(
      () => 'The late command is lost.',
      () => {
        if (late.kind === lateKinds.none) return false;
        forget();
        return true;
      },
    );
  }

  function forget(): void {
    late.kind = lateKinds.none;
    late.generation = 0;
    late.until = 0;
  }
}

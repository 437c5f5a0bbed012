import { type Action, usualAction } from '../system.ts';
import type { StepPlace } from './cycle.ts';
import { isWritable } from './redis.ts';
import type { RedisHost } from './state.ts';
import type { StepParts } from './step-parts.ts';

/** The marker of the one key, by a script that checks the token (reload) or the witness (extension). */
export function writeMarker(
  parts: StepParts,
  { renewer, isNext, isReload, advance }: StepPlace,
  host: RedisHost,
): Action {
  const { protocol, runs, isTrusted } = parts;
  const { rules, state } = protocol;
  const isBound = isReload ? rules.reloadMarkersBound : rules.cycleMarkersBound;
  return usualAction(
    () => `${renewer.name} writes the marker on ${host.name}, for generation ${renewer.generation}.`,
    () => {
      if (!isNext() || !isWritable(host) || (isBound && !isAccepted())) return false;
      host.live.marker = 1;
      if (!rules.markersUntilConfirmed) state.deletion.isPropagated = 1;
      advance();
      return true;
    },
  );

  function isAccepted(): boolean {
    const { generation } = renewer;
    if (!isReload) return runs(host, generation) && isTrusted(host, generation);
    // Older wording: the scripts are loaded only after the markers, so a plain script has to check the token.
    if (rules.scriptsFirst && !runs(host, generation)) return false;
    return !rules.reloadToken || host.live.token === generation;
  }
}

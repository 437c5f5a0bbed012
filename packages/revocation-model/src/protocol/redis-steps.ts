import type { Action } from '../system.ts';
import type { StepPlace } from './cycle.ts';
import { extendWitness, readOutageTime, readTime, readWitness } from './extension-steps.ts';
import { writeMarker } from './marker-step.ts';
import { hostPairs, type Protocol } from './protocol.ts';
import { drawTwice, loadScripts, loadScriptsAgain, setToken, setWitness } from './reload-steps.ts';
import { createStepParts, type HostPair } from './step-parts.ts';

/** The steps of a cycle that are commands to Redis: one action for each process the command can reach. */
export function createRedisSteps(protocol: Protocol): (place: StepPlace) => Action[] {
  const { rules } = protocol;
  const parts = createStepParts(protocol);
  const pairs = hostPairs(protocol);
  return (place) => pairs.flatMap((pair) => stepsAt(place, pair));

  function stepsAt(place: StepPlace, { host, other }: HostPair): Action[] {
    switch (place.name) {
      case 'load':
        return [
          loadScripts(parts, place, host),
          ...(rules.scriptsLoadedOnce ? [] : [loadScriptsAgain(parts, place, host)]),
          ...(rules.freshGeneration ? [] : drawTwice(parts, place, host)),
        ];
      case 'token':
        return [setToken(parts, place, host)];
      case 'witness':
        return [setWitness(parts, place, host)];
      case 'read':
        return [readWitness(parts, place, host)];
      case 'time': {
        const sameProcess = readTime(parts, place, { host, other: host });
        return rules.timeFromSameProcess ? [sameProcess] : [sameProcess, readTime(parts, place, { host, other })];
      }
      case 'outageTime':
        return [readOutageTime(parts, place, host)];
      case 'extend':
        return [extendWitness(parts, place, host)];
      case 'markers':
        return [writeMarker(parts, place, host)];
      case 'row':
      case 'snapshot':
        return [];
    }
  }
}

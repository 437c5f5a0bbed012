import { type Action, usualAction } from '../system.ts';
import { hostPairs, type Protocol } from './protocol.ts';
import { createRedisReads } from './redis.ts';
import { type Gateway, phases, type RedisHost } from './state.ts';

const requests = { none: 0, toBeJudged: 1, toAskTheAuthority: 2 } as const;

/**
 * A gateway with its table, its look-ups and one request that arrived after the acknowledgement. A request that arrived
 * earlier may go either way, so it is not followed; it leaves only an entry, which a look-up can also make.
 */
export function createGatewayActions(protocol: Protocol, gateway: Gateway): Action[] {
  const { state, rules } = protocol;
  const { deletion } = state;
  const { admits } = createRedisReads(protocol);
  const { name } = gateway;

  return [
    step(
      () => `A look-up of ${name} reads "active" from the authority.`,
      () => deletion.phase < phases.committed && gateway.isFilling === 0,
      () => {
        gateway.isFilling = 1;
      },
    ),
    step(
      () => `${name} stores what its look-up read.`,
      () => gateway.isFilling === 1,
      () => {
        gateway.isFilling = 0;
        gateway.hasEntry = 1;
      },
    ),
    step(
      () => `The entry of ${name} is dropped.`,
      () => gateway.hasEntry === 1,
      () => {
        gateway.hasEntry = 0;
      },
    ),
    step(
      () => `A request arrives at ${name}.`,
      () => deletion.phase === phases.acknowledged && gateway.request === requests.none,
      () => {
        gateway.request = requests.toBeJudged;
      },
    ),
    ...hostPairs(protocol).map(({ host }) => admit(host)),
    step(
      () => `${name} gets no trusted answer in time and turns to the authority for this request.`,
      () => gateway.request === requests.toBeJudged,
      () => {
        gateway.request = requests.toAskTheAuthority;
      },
    ),
    step(
      () => `The authority, asked after the request arrived, says revoked: ${name} answers 401.`,
      () => gateway.request === requests.toAskTheAuthority,
      () => {
        gateway.request = requests.none;
      },
    ),
    ...(rules.fallbackReadAfterArrival ? [] : [admitByAnOlderRead()]),
  ];

  function admit(host: RedisHost): Action {
    return step(
      () => `${name} asks ${host.name}, which says trusted and not revoked: the request is admitted.`,
      () => gateway.request === requests.toBeJudged && gateway.hasEntry === 1 && admits(host),
      () => {
        gateway.hasAdmitted = 1;
      },
    );
  }

  function admitByAnOlderRead(): Action {
    return step(
      () => `The request shares the read of a look-up that began before it arrived: ${name} admits it.`,
      () => gateway.request === requests.toAskTheAuthority && gateway.isFilling === 1,
      () => {
        gateway.hasAdmitted = 1;
      },
    );
  }
}

function step(describe: () => string, isPossible: () => boolean, change: () => void): Action {
  return usualAction(describe, () => {
    if (!isPossible()) return false;
    change();
    return true;
  });
}

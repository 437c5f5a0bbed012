import type { ApiKeyHash } from '@engagetrack/api-key';
import type { Introspection } from '@engagetrack/contracts';
import { createBoundedWork } from '@engagetrack/service-chassis';
import { createPace } from '../pace.ts';
import type { Introspect } from './introspection-client.ts';

/** Throws when the question is not to be asked after all, such as for an address that has guessed too often meanwhile. */
export type MayAsk = () => void;

/** Asks the authority; about a hash that nobody has vouched for yet only if it still may when its turn comes. */
export type AskAuthority = (hash: ApiKeyHash, mayAsk?: MayAsk) => Promise<Introspection>;

/**
 * How many questions the authority gets from one gateway at once, and how many more may wait how long. What is asked
 * about keys that this gateway has known live never waits behind what strangers make up: a flood of guesses holds
 * nobody up who is known. Ten thousand keys that have to be asked about at the same time all get their turn.
 */
const knownBounds = { concurrentMax: 32, waitingMax: 16_384, waitMs: 5_000 };
const strangersBounds = { concurrentMax: 16, waitingMax: 2_048, waitMs: 2_000 };
/**
 * A look-up is what a guess costs most, here and at the authority. Only those in vain are counted: a gateway that has just
 * started learns its callers' keys as fast as the authority tells them.
 */
const looksInVain = { perSecond: 200, burst: 64, waitingMax: strangersBounds.concurrentMax };

export function createIntrospectionLanes(introspect: Introspect): AskAuthority {
  const known = createBoundedWork(knownBounds);
  const strangers = createBoundedWork(strangersBounds);
  const pace = createPace(looksInVain);
  return (hash, mayAsk) => (mayAsk === undefined ? known(() => introspect(hash)) : strangers(() => look(hash, mayAsk)));

  async function look(hash: ApiKeyHash, mayAsk: MayAsk): Promise<Introspection> {
    await new Promise<void>((resolve) => pace.take(resolve));
    let isInVain = false;
    try {
      mayAsk();
      const answer = await introspect(hash);
      isInVain = !answer.active;
      return answer;
    } finally {
      if (!isInVain) pace.giveBack(1);
    }
  }
}

import { waitFor, withRedis } from '@engagetrack/test-ground/stores';
import { checkHistory } from '../history/check-history.ts';
import type { Outcome } from '../history/history.ts';
import { createHistoryRecorder } from '../history/record-history.ts';
import type { Violation } from '../history/violation.ts';
import { keyUrl } from '../prove/addresses.ts';
import { createRecordedClient } from '../prove/recorded-client.ts';
import { quota } from '../prove/round.ts';
import type { Scene, Side } from './scenario.ts';
import type { Stage } from './stage.ts';

const deadlineMs = 15_000;
/**
 * Calls. The first tells a gateway that it does not know the valid generation, and the next ones find that it has read
 * it.
 */
const relearningCalls = 3;

export interface SceneOptions {
  /** The beginning of its nonces. */
  readonly name: string;
  /** When false, the second gateway takes no part: without its key service it cannot look a key up. */
  readonly bothKeyServices: boolean;
}

export async function createScene({ ground, taps, otherRedis }: Stage, { name, bothKeyServices }: SceneOptions) {
  const recorder = createHistoryRecorder(ground.now);
  const random = ground.random.fork(name);
  const gateways = bothKeyServices ? ground.product.gateways : ground.product.gateways.slice(0, 1);
  const product = { ...ground.product, gateways };
  const client = createRecordedClient({ ...ground, product, recorder, random, noncePrefix: name });
  ground.upstream.takeArrivals();

  const createKnownKey = () => client.createKnownKey(ground.organizationId);
  const live = await createKnownKey();
  const beginRevoking: Scene['beginRevoking'] = (key) => {
    const revocation = recorder.revoking(key.id);
    let isAcknowledged = false;
    return {
      send: async (side: Side): Promise<Outcome> => {
        const url = keyUrl(ground.product, side, key);
        const { outcome } = await ground.sender.send({ url, method: 'DELETE', bearer: ground.session });
        if (outcome === 204 && !isAcknowledged) revocation.acknowledged();
        isAcknowledged ||= outcome === 204;
        return outcome;
      },
    };
  };
  const scene: Scene = {
    ground,
    taps,
    otherRedis,
    client,
    createKnownKey,
    beginRevoking,
    revokeOnce: (key, side) => beginRevoking(key).send(side),
    silenceAnnouncements: () =>
      withRedis(ground.redis.url, async (redis) => {
        await redis.call('ACL', 'SETUSER', 'default', '-publish');
      }),
    part: (link) => taps.link(link).freeze(),
    moveTo: (link, { port }) => {
      taps.link(link).retarget(port);
      taps.link(link).reset();
    },
    hold: (link, is) => {
      let isReached = false;
      const endWatch = taps.watch((message) => {
        if (isReached || message.link !== link || !is(message)) return 'pass';
        isReached = true;
        return 'hold';
      });
      return {
        whenReached: async () => {
          await waitFor(() => isReached, { deadlineMs, what: `a message on the link ${link}` });
        },
        release: () => {
          endWatch();
          taps.link(link).release();
        },
      };
    },
    block: (link, is) => {
      taps.watch((message) => (message.link === link && is(message) ? 'hold' : 'pass'));
    },
    passed: (link, is, times = 1) => {
      let count = 0;
      const endWatch = taps.watch((message) => {
        if (message.link === link && is(message)) count += 1;
        return 'pass';
      });
      const wait = { deadlineMs, what: `${times} messages on the link ${link}` };
      const passed = waitFor(() => count >= times, wait).then(endWatch);
      // A scene that is broken off does not await it.
      passed.catch(() => undefined);
      return passed;
    },
    relearn: async (side) => {
      for (let n = 0; n < relearningCalls; n += 1) await client.call(live, side);
    },
  };

  return {
    scene,
    /** The violations that the history shows. */
    judge: (): readonly Violation[] =>
      checkHistory(recorder.finish(ground.upstream.takeArrivals()), { quota, overAdmissionMax: 0 }),
  };
}

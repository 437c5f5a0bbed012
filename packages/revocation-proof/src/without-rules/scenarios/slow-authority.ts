import { setTimeout as delay } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';

/** Milliseconds until a second request arrives at the gateway and joins the first one's look-up, if it may. */
const joinsWithinMs = 200;
/** Milliseconds of the second that a gateway waits for the authority. */
const slowMs = 850;

/** Redis is out of reach for one gateway and its key service, and the answer of the authority is slow. */
export const slowAuthority: Scenario = {
  kind: 'scenario',
  what: 'a gateway and its key service parted from Redis, and a slow answer of the authority',
  bothKeyServices: true,
  play: async (scene) => {
    const { client } = scene;
    const key = await scene.createKnownKey();
    scene.part('gateway 0 to redis');
    scene.part('keys 0 to redis');
    const held = scene.hold('gateway 0 to keys-internal', ({ leg, text }) => leg === 'answer' && text.includes(key.id));
    const early = client.call(key, 0);
    await held.whenReached();
    await scene.revokeOnce(key, 1);
    const late = client.call(key, 0);
    await delay(joinsWithinMs);
    held.release();
    await Promise.all([early, late]);
  },
};

/** Each answer comes within its deadline, or its deadline passes; together that takes longer than a decision lasts. */
export const slowAnswers: Scenario = {
  kind: 'scenario',
  what: 'a gateway and its key service parted from Redis, and slow answers to all that is asked for one request',
  bothKeyServices: true,
  play: async (scene) => {
    const { client } = scene;
    const key = await scene.createKnownKey();
    scene.part('gateway 0 to redis');
    scene.part('keys 0 to redis');
    const held = scene.hold('gateway 0 to keys-internal', ({ leg, text }) => leg === 'answer' && text.includes(key.id));
    const answered = client.call(key, 0);
    await held.whenReached();
    const heldAtMs = performance.now();
    await scene.revokeOnce(key, 1);
    await delay(heldAtMs + slowMs - performance.now());
    held.release();
    scene.block('gateway 0 to keys-internal', ({ question }) => question.includes('/internal/spend'));
    await answered;
  },
};

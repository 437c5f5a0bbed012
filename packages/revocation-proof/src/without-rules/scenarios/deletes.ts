import { setTimeout as delay } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import { commitOf, isSnapshotAnswer } from './messages.ts';

const quietMs = 2_000;
const repetitions = 6;

/**
 * The first DELETE has committed, and its key service does not get the answer; the caller repeats it at another one.
 */
export const repeatedDelete: Scenario = {
  kind: 'scenario',
  what: 'a DELETE that is repeated before the first one has its answer',
  bothKeyServices: true,
  play: async (scene) => {
    const { client } = scene;
    for (let n = 0; n < repetitions; n += 1) {
      const key = await scene.createKnownKey();
      const held = scene.hold('keys 0 to postgres', commitOf(key, 'answer'));
      const revocation = scene.beginRevoking(key);
      const first = revocation.send(0);
      await held.whenReached();
      await revocation.send(1);
      await client.callEverywhere(key);
      held.release();
      await first;
    }
  },
};

/** Only time passes, without a fault. */
export const oldRevocation: Scenario = {
  kind: 'scenario',
  what: 'a key that a gateway remembers, and that nobody asks for until a while after the DELETE',
  bothKeyServices: true,
  play: async (scene) => {
    const key = await scene.createKnownKey();
    await scene.silenceAnnouncements();
    await scene.revokeOnce(key, 0);
    await delay(quietMs);
    await scene.client.callEverywhere(key);
  },
};

/**
 * The revocation is committed while no renewing instance may have seen it, and its own key service reaches no Redis.
 */
export const commitBehindSnapshots: Scenario = {
  kind: 'scenario',
  what: 'a key service parted from Redis, and a DELETE that commits behind the snapshots of its time',
  bothKeyServices: true,
  play: async (scene) => {
    const { client } = scene;
    const key = await scene.createKnownKey();
    scene.part('keys 0 to redis');
    const held = scene.hold('keys 0 to postgres', commitOf(key, 'question'));
    const revoked = scene.revokeOnce(key, 0);
    await held.whenReached();
    await scene.passed('keys 1 to postgres', isSnapshotAnswer, 2);
    held.release();
    await revoked;
    await client.callEverywhere(key);
  },
};

import type { Scenario, Scene } from '../scenario.ts';
import { commitOf, generationIn, isLedgerRow } from './messages.ts';

/** Moves one side of a failover, a key service and its gateway, to the other Redis. */
function moveSideOne({ moveTo, otherRedis }: Scene): void {
  moveTo('keys 1 to redis', otherRedis);
  moveTo('gateway 1 to redis', otherRedis);
}

/** The promoted Redis has its witness from a snapshot before the DELETE; its ledger row came during the DELETE. */
export const reloadDuringDelete: Scenario = {
  kind: 'scenario',
  what: 'failover: a reload whose ledger row waits while a DELETE is acknowledged',
  bothKeyServices: true,
  play: async (scene) => {
    const { client, ground, otherRedis } = scene;
    const key = await scene.createKnownKey();
    await scene.silenceAnnouncements();
    await scene.revokeOnce(await scene.createKnownKey(), 0);
    const before = await generationIn(ground.redis);
    const held = scene.hold('keys 1 to postgres', (message) => {
      const [generation] = /[0-9a-f]{32}/.exec(message.question) ?? [];
      return isLedgerRow(message) && generation !== undefined && generation !== before;
    });
    moveSideOne(scene);
    await held.whenReached();
    await scene.revokeOnce(key, 0);
    held.release();
    await generationIn(otherRedis);
    await scene.relearn(1);
    await client.call(key, 1);
  },
};

export const reloadBeforeCommit: Scenario = {
  kind: 'scenario',
  what: 'failover: a reload just before a DELETE commits',
  bothKeyServices: true,
  play: async (scene) => {
    const { client, otherRedis } = scene;
    const key = await scene.createKnownKey();
    await scene.silenceAnnouncements();
    await scene.revokeOnce(await scene.createKnownKey(), 0);
    const held = scene.hold('keys 0 to postgres', commitOf(key, 'question'));
    const revoked = scene.revokeOnce(key, 0);
    await held.whenReached();
    moveSideOne(scene);
    await generationIn(otherRedis);
    await scene.relearn(1);
    held.release();
    await revoked;
    await client.call(key, 1);
  },
};

/** With a single key service, a rule that compares instances instead of generations notices nothing. */
export const gatewayLeftBehind: Scenario = {
  kind: 'scenario',
  what: 'failover: a gateway stays with the old primary',
  bothKeyServices: false,
  play: async (scene) => {
    const { client, otherRedis } = scene;
    const key = await scene.createKnownKey();
    await scene.silenceAnnouncements();
    scene.moveTo('keys 0 to redis', otherRedis);
    await generationIn(otherRedis);
    await scene.revokeOnce(key, 0);
    await client.call(key, 0);
  },
};

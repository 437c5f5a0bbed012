import { waitFor, withRedis } from '@engagetrack/test-ground/stores';
import type { Scenario, Scene } from '../scenario.ts';
import { isLedgerRow } from './messages.ts';

const deadlineMs = 15_000;

/**
 * The key service that revokes has failed over to a copy of the old primary, and has not renewed there yet. The other one
 * stays, and extends the old primary's witness without the database: no renewal brings the marker there.
 */
export const promotedCopy: Scenario = {
  kind: 'scenario',
  what: 'failover to a copy that has the witness too, before anybody has renewed there',
  bothKeyServices: true,
  play: async (scene) => {
    const { client, otherRedis } = scene;
    const key = await scene.createKnownKey();
    await scene.silenceAnnouncements();
    // The key service learns the generation by this revocation.
    await scene.revokeOnce(await scene.createKnownKey(), 1);
    await copyRedis(scene);
    scene.block('keys 1 to postgres', isLedgerRow);
    await withRedis(otherRedis.url, (copy) => copy.replicaof('NO', 'ONE'));
    scene.moveTo('keys 1 to redis', otherRedis);
    scene.block('keys 0 to postgres', isLedgerRow);
    await scene.revokeOnce(key, 1);
    await client.call(key, 0);
  },
};

async function copyRedis({ ground: { redis }, otherRedis }: Scene): Promise<void> {
  await withRedis(redis.url, (old) => old.config('SET', 'repl-diskless-sync-delay', '0'));
  await withRedis(otherRedis.url, async (copy) => {
    await copy.replicaof('127.0.0.1', redis.port);
    await waitFor(async () => (await copy.info('replication')).includes('master_link_status:up'), {
      deadlineMs,
      what: 'a replica to be in step',
    });
  });
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import { generationIn, isLedgerRow, isLedgerRowAnswer } from './messages.ts';

/** Milliseconds, longer than a lease and the drift of clocks. */
const leaseOverMs = 2_500;

/** On one side the old primary, a gateway and a key service that goes on extending without the database. */
export const partition: Scenario = {
  kind: 'scenario',
  what: 'partition: old Redis, a gateway and a key service on one side, database and new Redis on the other',
  bothKeyServices: true,
  play: async (scene) => {
    const { client, otherRedis } = scene;
    const key = await scene.createKnownKey();
    scene.part('keys 0 to postgres');
    scene.moveTo('keys 1 to redis', otherRedis);
    await generationIn(otherRedis);
    await delay(leaseOverMs);
    await scene.revokeOnce(key, 1);
    await client.call(key, 0);
  },
};

/** The key service behind the partition has just written its row, and never gets its snapshot. */
export const partitionWithinCycle: Scenario = {
  kind: 'scenario',
  what: 'the same, beginning between the ledger row and the snapshot of a renewal',
  bothKeyServices: true,
  play: async (scene) => {
    const { client, otherRedis, taps } = scene;
    const key = await scene.createKnownKey();
    scene.moveTo('keys 1 to redis', otherRedis);
    await generationIn(otherRedis);
    const row = scene.hold('keys 0 to postgres', isLedgerRow);
    await row.whenReached();
    const clockRead = scene.passed(
      'keys 1 to postgres',
      ({ leg, question }) => leg === 'answer' && question.includes('to_char(clock_timestamp()'),
    );
    const revoked = scene.revokeOnce(key, 1);
    await clockRead;
    taps.watch((message) => {
      if (message.link === 'keys 0 to postgres' && isLedgerRowAnswer(message)) scene.part('keys 0 to postgres');
      return 'pass';
    });
    row.release();
    await revoked;
    await client.call(key, 0);
  },
};

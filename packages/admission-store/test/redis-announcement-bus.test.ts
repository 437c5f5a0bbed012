import { type Announcement, announcementChannel } from '@engagetrack/contracts';
import { describeWithOwnRedis, type RedisServer, startRedis, waitFor } from '@engagetrack/test-ground/stores';
import { startTcpFaultProxy, type TcpFaultProxy } from '@engagetrack/test-ground/wire';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { type AnnouncementBus, createRedisAnnouncementBus } from '../src/index.ts';
import {
  announceUntilHeard,
  hears,
  itKeepsTheAnnouncementPromises,
  newAnnouncement,
} from './announcement-bus-contract.ts';
import { connect } from './connect.ts';

const recoveryDeadlineMs = 5_000;

// Uses its own server: all suites announce on the same channel.
describeWithOwnRedis('the Redis announcement bus', () => {
  let server: RedisServer;
  let publisher: Redis;
  let subscriber: Redis;
  let announcer: AnnouncementBus;
  let gateway: AnnouncementBus;
  const faults: Error[] = [];
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  const openTwoEnds = async () => {
    [publisher, subscriber] = await Promise.all([connect(server.url), connect(server.url)]);
    const onFault = (error: Error): void => void faults.push(error);
    announcer = createRedisAnnouncementBus({ publisher, onFault });
    gateway = createRedisAnnouncementBus({ publisher, subscriber, onFault });
    return { announcer, gateway, close };
  };
  const close = async (): Promise<void> => {
    publisher.disconnect();
    subscriber.disconnect();
  };

  describe('between two processes', () => {
    itKeepsTheAnnouncementPromises(openTwoEnds);
  });

  describe('in trouble', () => {
    beforeEach(async () => {
      await openTwoEnds();
      faults.length = 0;
    });
    afterEach(close);

    it.each([
      ['no JSON', '{"kind":'],
      ['JSON of another form', '{"kind":"key_revoked"}'],
      ['an unknown kind', '{"kind":"organization_deleted","organization_id":"org_1"}'],
      ['nothing', ''],
    ])('reports a message that is %s and delivers the next announcement', async (_what, garbage) => {
      const heard: Announcement[] = [];
      gateway.subscribe((announcement) => heard.push(announcement));
      await announceUntilHeard(announcer, heard);
      const heardBefore = heard.length;
      await publisher.publish(announcementChannel, garbage);
      await waitFor(() => faults.length > 0, { deadlineMs: recoveryDeadlineMs, what: 'a fault' });
      expect(faults.map(({ message }) => message)).toEqual([
        'A message on the announcement channel is no announcement',
      ]);
      expect(heard).toHaveLength(heardBefore);
      await announceUntilHeard(announcer, heard);
    });

    it('rejects an announcement while Redis is gone', async () => {
      await server.kill();
      await expect(announcer.announce(newAnnouncement())).rejects.toThrow();
      await server.restart();
    });

    it('subscribes again after Redis was restarted, once for each listener', async () => {
      const heard: Announcement[] = [];
      gateway.subscribe((announcement) => heard.push(announcement));
      await announceUntilHeard(announcer, heard);
      await server.restart();
      await announceUntilHeard(announcer, heard);
      const once = newAnnouncement();
      await announcer.announce(once);
      await waitFor(() => hears(heard, once), { deadlineMs: recoveryDeadlineMs, what: 'the announcement' });
      await announceUntilHeard(announcer, heard);
      expect(heard.filter((each) => hears([each], once))).toHaveLength(1);
    });

    it('subscribes on a connection that only comes about later', async () => {
      await server.kill();
      await waitFor(() => subscriber.status !== 'ready', { deadlineMs: recoveryDeadlineMs, what: 'a lost connection' });
      const heard: Announcement[] = [];
      gateway.subscribe((announcement) => heard.push(announcement));
      await server.restart();
      await announceUntilHeard(announcer, heard);
    });

    it('refuses to subscribe without a connection for it', () => {
      expect(() => announcer.subscribe(() => undefined)).toThrow('without a connection to subscribe with');
    });
  });

  describe('on a connection that is lost without a FIN or RST', () => {
    /**
     * Milliseconds: a ping a second, a second for the answer, and the reconnection. A later recovery fails the test.
     */
    const noticedMs = 4_000;
    let proxy: TcpFaultProxy;
    let heard: Announcement[];
    let unsubscribe: () => void;
    beforeEach(async () => {
      proxy = await startTcpFaultProxy(server.port, () => 0);
      [publisher, subscriber] = await Promise.all([connect(server.url), connect(proxy.through(server.url))]);
      const onFault = (error: Error): void => void faults.push(error);
      announcer = createRedisAnnouncementBus({ publisher, onFault });
      gateway = createRedisAnnouncementBus({ publisher, subscriber, onFault });
      heard = [];
      unsubscribe = gateway.subscribe((announcement) => heard.push(announcement));
      await announceUntilHeard(announcer, heard);
      faults.length = 0;
    });
    afterEach(async () => {
      unsubscribe();
      await close();
      await proxy.stop();
    });

    it('reconnects, and hears every later announcement', async () => {
      const other = await startRedis();
      const elsewhere = await connect(other.url);
      try {
        // The old server answers nothing and sends no FIN; the address now leads to another server.
        proxy.retarget(other.port);
        await server.freeze();
        await announceUntilHeard(createRedisAnnouncementBus({ publisher: elsewhere, onFault: () => undefined }), heard);
        expect(faults.map(({ message }) => message)).toContainEqual(
          expect.stringMatching(/^Announcements are not heard: /),
        );
      } finally {
        await server.thaw();
        elsewhere.disconnect();
        await other.stop();
      }
    });

    it('hears again after a Redis that was frozen', async () => {
      await server.freeze();
      await waitFor(() => faults.length > 0, { deadlineMs: noticedMs, what: 'a fault' });
      await server.thaw();
      await announceUntilHeard(announcer, heard);
    });

    it('sends a ping once a second, and none after it has unsubscribed', async () => {
      const pings = async () => Number(/cmdstat_ping:calls=(\d+)/.exec(await publisher.info('commandstats'))?.[1] ?? 0);
      const seconds = async () => Number((await publisher.time())[0]);
      const passed = async (count: number) => {
        const from = await seconds();
        await waitFor(async () => (await seconds()) > from + count, { deadlineMs: recoveryDeadlineMs, what: 'time' });
      };
      const before = await pings();
      await passed(2);
      const asked = (await pings()) - before;
      expect(asked).toBeGreaterThanOrEqual(1);
      expect(asked).toBeLessThanOrEqual(4);
      unsubscribe();
      const after = await pings();
      await passed(2);
      expect(await pings()).toBeLessThanOrEqual(after + 1);
      expect(faults).toEqual([]);
    });

    it('subscribes again when the subscription itself failed', async () => {
      await publisher.call('ACL', 'SETUSER', 'default', 'resetchannels');
      await publisher.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await waitFor(() => faults.length > 0, { deadlineMs: recoveryDeadlineMs, what: 'a failed subscription' });
      await publisher.call('ACL', 'SETUSER', 'default', 'allchannels');
      await announceUntilHeard(announcer, heard);
    });
  });
});

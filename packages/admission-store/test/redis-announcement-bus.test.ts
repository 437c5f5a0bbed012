import { type Announcement, announcementChannel } from '@engagetrack/contracts';
import { describeWithOwnRedis, type RedisServer, startRedis, waitFor } from '@engagetrack/system-test/stores';
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

// A server of its own: the channel has one name, and other suites announce too.
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
});

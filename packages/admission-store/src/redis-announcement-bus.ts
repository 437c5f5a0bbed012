import { announcementChannel, announcementSchema } from '@engagetrack/contracts';
import type { Redis } from 'ioredis';
import type { AnnouncementBus } from './announcement-bus.ts';

export interface RedisAnnouncementBusParts {
  readonly publisher: Redis;
  /** A connection of its own, for who subscribes: a subscribed connection carries nothing else. */
  readonly subscriber?: Redis;
  /** Told of a message that is no announcement, and of a failed subscription. */
  readonly onFault: (error: Error) => void;
}

export function createRedisAnnouncementBus({
  publisher,
  subscriber,
  onFault,
}: RedisAnnouncementBusParts): AnnouncementBus {
  return {
    announce: async (announcement) => {
      await publisher.publish(announcementChannel, JSON.stringify(announcement));
    },
    subscribe: (listener) => {
      if (subscriber === undefined) throw new Error('This bus was made without a connection to subscribe with');
      const onMessage = (_channel: string, text: string): void => {
        const announcement = parseAnnouncement(text);
        if (announcement === undefined) onFault(new Error('A message on the announcement channel is no announcement'));
        else listener(announcement);
      };
      const subscribeNow = (): void => {
        subscriber.subscribe(announcementChannel).catch(onFault);
      };
      subscriber.on('message', onMessage);
      // Subscribed anew on every connection, this one included when it is already up.
      subscriber.on('ready', subscribeNow);
      if (subscriber.status === 'ready') subscribeNow();
      return () => {
        subscriber.off('message', onMessage);
        subscriber.off('ready', subscribeNow);
      };
    },
  };
}

function parseAnnouncement(text: string) {
  try {
    return announcementSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

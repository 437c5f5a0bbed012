import { announcementChannel, announcementSchema } from '@engagetrack/contracts';
import type { Redis } from 'ioredis';
import type { AnnouncementBus } from './announcement-bus.ts';
import { withinDeadline } from './within-deadline.ts';

export interface RedisAnnouncementBusParts {
  readonly publisher: Redis;
  /** A connection that only subscribes: a subscribed connection carries no other command. */
  readonly subscriber?: Redis;
  /**
   * Called with the error of a malformed message, of a failed subscription and of a connection that does not answer.
   */
  readonly onFault: (error: Error) => void;
}

const pingIntervalMs = 1_000;
const pingDeadlineMs = 1_000;

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
      subscriber.on('message', onMessage);
      const release = keepSubscribed(subscriber, onFault);
      return () => {
        subscriber.off('message', onMessage);
        release();
      };
    },
  };
}

/** One connection of a subscriber that reconnects by itself. */
interface Connection {
  readonly stream: Redis['stream'];
  isSubscribed: boolean;
  isAsking: boolean;
}

/**
 * Subscribes on every new connection, and sends a PING once a second: a connection that was lost without a FIN or RST
 * looks like one on which nothing is announced.
 * @returns a function that stops the pings.
 */
function keepSubscribed(subscriber: Redis, onFault: (error: Error) => void): () => void {
  let current: Connection | undefined;

  const ask = async (connection: Connection): Promise<void> => {
    if (connection.isAsking) return;
    connection.isAsking = true;
    try {
      const question = connection.isSubscribed ? subscriber.ping() : subscriber.subscribe(announcementChannel);
      await withinDeadline<unknown>(question, pingDeadlineMs, 'Redis');
      connection.isSubscribed = true;
    } catch (error) {
      if (connection !== current) return;
      onFault(new Error(`Announcements are not heard: ${messageOf(error)}`, { cause: error }));
      // The connection is destroyed, and the client makes a new one. `disconnect` would wait for a peer that may be
      // gone.
      if (!isReply(error)) connection.stream.destroy();
    } finally {
      connection.isAsking = false;
    }
  };
  const begin = (): void => {
    current = { stream: subscriber.stream, isSubscribed: false, isAsking: false };
    void ask(current);
  };
  if (subscriber.status === 'ready') begin();
  subscriber.on('ready', begin);
  const timer = setInterval(() => {
    if (current !== undefined && subscriber.status === 'ready') void ask(current);
  }, pingIntervalMs);
  timer.unref();
  return () => {
    current = undefined;
    clearInterval(timer);
    subscriber.off('ready', begin);
  };
}

/** By property, not by class: an error may come from another realm. A refusal is an answer too. */
function isReply(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'ReplyError';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown reason';
}

function parseAnnouncement(text: string) {
  try {
    return announcementSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

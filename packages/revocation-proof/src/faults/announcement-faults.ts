import { openRedis } from '@engagetrack/test-ground/stores';
import { armed, type Fault, type FaultGround } from './fault.ts';

/** Announcements only speed things up; so nothing may change when they are lost, repeated, late or out of order. */
export const announcementFaults: readonly Fault[] = [
  {
    id: 'F07.dropped',
    what: 'pub/sub: every subscriber cut off again and again',
    holdMs: [4_000, 2_000],
    promises: {},
    aftermath: 'none',
    arm: armed(dropAnnouncements),
  },
  {
    id: 'F07.duplicated',
    what: 'pub/sub: every announcement ten times more',
    holdMs: [3_000, 1_500],
    promises: {},
    aftermath: 'none',
    arm: armed((ground) => repeatAnnouncements(ground, { times: 10, everyMs: 5, order: (texts) => texts })),
  },
  {
    id: 'F07.reordered',
    what: 'pub/sub: old announcements again, newest first',
    holdMs: [3_000, 1_500],
    promises: {},
    aftermath: 'none',
    arm: armed((ground) =>
      repeatAnnouncements(ground, { times: 1, everyMs: 400, order: (texts) => texts.toReversed() }),
    ),
  },
];

const cutOffEveryMs = 10;
const announcementsPerRoundMax = 1_000;

function dropAnnouncements({ redis }: FaultGround) {
  const administrator = openRedis(redis.url);
  let timer: NodeJS.Timeout | undefined;
  const cutOff = (): Promise<void> =>
    administrator.call('CLIENT', 'KILL', 'TYPE', 'pubsub').then(
      () => undefined,
      () => undefined,
    );
  return {
    inject: async () => {
      await cutOff();
      timer = setInterval(cutOff, cutOffEveryMs);
    },
    heal: async () => {
      clearInterval(timer);
      administrator.disconnect();
    },
  };
}

interface Repetition {
  readonly times: number;
  readonly everyMs: number;
  readonly order: (announcements: readonly Announced[]) => readonly Announced[];
}

interface Announced {
  readonly channel: string;
  readonly text: string;
}

/** Publishes every announcement again. It counts its own repetitions by their text, and does not repeat those. */
function repeatAnnouncements({ redis }: FaultGround, { times, everyMs, order }: Repetition) {
  const listener = openRedis(redis.url);
  const publisher = openRedis(redis.url);
  const own = new Map<string, number>();
  let heard: Announced[] = [];
  let timer: NodeJS.Timeout | undefined;
  listener.on('pmessage', (_pattern: string, channel: string, text: string) => {
    const name = `${channel} ${text}`;
    const expected = own.get(name) ?? 0;
    if (expected > 1) own.set(name, expected - 1);
    else if (expected === 1) own.delete(name);
    else if (heard.length < announcementsPerRoundMax) heard.push({ channel, text });
  });
  const repeat = (): void => {
    const announcements = order(heard);
    heard = [];
    for (let n = 0; n < times; n += 1) {
      for (const { channel, text } of announcements) {
        const name = `${channel} ${text}`;
        own.set(name, (own.get(name) ?? 0) + 1);
        publisher.publish(channel, text).catch(() => undefined);
      }
    }
  };
  return {
    inject: async () => {
      await listener.psubscribe('*');
      timer = setInterval(repeat, everyMs);
    },
    heal: async () => {
      clearInterval(timer);
      listener.disconnect();
      publisher.disconnect();
    },
  };
}

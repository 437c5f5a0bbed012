import { setTimeout as delay } from 'node:timers/promises';
import { openRedis } from '@engagetrack/test-ground/stores';
import { announcementFaults } from './announcement-faults.ts';
import { armed, type Fault, limitedCallsInFlight } from './fault.ts';
import { linkFaults } from './link-faults.ts';
import { processFaults } from './process-faults.ts';
import { redisFaults } from './redis-faults.ts';

/**
 * Redis loses its data while no announcement reaches any gateway: every gateway still remembers the keys that an
 * announcement would have purged, so only the protocol itself keeps a revoked key from the upstream.
 */
export const combinedFaults: readonly Fault[] = redisFaults
  .filter(({ id }) => ['F04.restart-empty', 'F04.last-second', 'F04.flushall', 'F02.redis-kill'].includes(id))
  .map((fault) => unheard(fault, fault.id.replace(/^F\d+/, 'F23')));

/** One fault of Redis after the other while a key service is in trouble, all of them chosen by the seed. */
export const randomCombination: Fault = {
  id: 'F23.random',
  what: 'two faults of Redis and one of a key service, at random',
  holdMs: [2_000, 1_000],
  promises: { overAdmissionMax: limitedCallsInFlight },
  aftermath: 'generation_and_dead_instance',
  arm: async (ground) => {
    const { random } = ground;
    const [first, second] = random.shuffle(redisFaults);
    const keys = random.pick([...processFaults, ...linkFaults].filter(({ id }) => keyServiceFaults.includes(id)));
    if (first === undefined || second === undefined) throw new Error('There are more than two faults of Redis');
    const [inTrouble, begun, next] = [await keys.arm(ground), await first.arm(ground), await second.arm(ground)];
    return {
      inject: async () => {
        await inTrouble.inject();
        await begun.inject();
      },
      heal: async () => {
        await begun.heal();
        await delay(random.between(0, betweenFaultsMaxMs));
        await next.inject();
        await delay(random.between(0, betweenFaultsMaxMs));
        await next.heal();
        await inTrouble.heal();
      },
    };
  },
};

const keyServiceFaults: readonly string[] = ['F10.keys-kill', 'F12.keys-frozen', 'F22.keys-redis'];
/** Milliseconds, above and below the time of a lease and a reload. */
const betweenFaultsMaxMs = 4_000;

/**
 * Not a fault but a sabotage, against which there is no promise: markers are removed as they come and the witness goes
 * on vouching for them. A proof that does not see the revoked keys admitted again proves nothing.
 */
export const sabotage: Fault = unheard(
  {
    id: 'C01.markers-gone',
    what: 'sabotage: markers deleted behind the witness',
    // Milliseconds, longer than an acknowledgement by the slow path takes.
    holdMs: [6_000, 6_000],
    promises: {},
    aftermath: 'none',
    arm: armed(({ redis }) => {
      const connection = openRedis(redis.url);
      const healed = new AbortController();
      const removeMarkers = async () => {
        while (!healed.signal.aborted) {
          const markers = await connection.keys('revoked:*');
          if (markers.length > 0) await connection.del(markers);
        }
      };
      let removing: Promise<void> | undefined;
      return {
        inject: async () => {
          removing = removeMarkers();
        },
        heal: async () => {
          healed.abort();
          await removing;
          connection.disconnect();
        },
      };
    }),
  },
  'C01.markers-gone',
);

function unheard(fault: Fault, id: string): Fault {
  return {
    ...fault,
    id,
    what: `${fault.what}, pub/sub dropped`,
    arm: async (ground) => {
      const dropped = announcementFaults.find((each) => each.id === 'F07.dropped');
      if (dropped === undefined) throw new Error('The catalogue has no fault that drops announcements');
      const [silence, forgetting] = [await dropped.arm(ground), await fault.arm(ground)];
      // Announcements are lost before the first revocation, so that none of them reaches a gateway.
      await silence.inject();
      return {
        inject: forgetting.inject,
        heal: async () => {
          await forgetting.heal();
          await silence.heal();
        },
      };
    },
  };
}

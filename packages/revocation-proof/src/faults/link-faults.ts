import type { LinkFault } from '@engagetrack/test-ground/wire';
import { armed, type Fault, type FaultyLinks, shareMax } from './fault.ts';

const redisLinks = ['gatewayToRedis', 'keysToRedis'] as const;
const sideLinks = ['gatewayToRedis', 'ownKeysToRedis'] as const;
const keysLinks = ['gatewayToKeys', 'gatewayToKeysInternal'] as const;
const promises = { acknowledgedWithinMs: 3_500 };

/**
 * Faults of the links of one gateway and of one key service that it does not use; the links of the others are sound.
 */
export const linkFaults: readonly Fault[] = [
  onLinks('F05.latency', 'one gateway and one key service 60 ms from Redis', redisLinks, {
    kind: 'latency',
    delayMs: 60,
  }),
  onLinks('F05.loss', 'one gateway and one key service lose 1 % on the way to Redis', redisLinks, {
    kind: 'loss',
    share: 0.01,
    resentAfterMs: 200,
  }),
  onLinks('F05.slow', 'one gateway and one key service 1 kB/s from Redis', redisLinks, {
    kind: 'rate',
    bytesPerSecond: 1_000,
  }),
  onLinks('F22.gateway-redis', 'one gateway parted from Redis', ['gatewayToRedis'], { kind: 'hold' }),
  onLinks('F22.half-open', 'one gateway on half-open connections to Redis', ['gatewayToRedis'], { kind: 'half_open' }),
  onLinks('F22.keys-redis', 'one key service parted from Redis', ['keysToRedis'], { kind: 'hold' }),
  {
    ...onLinks('F22.gateway-keys', 'one gateway parted from its key service', keysLinks, { kind: 'hold' }),
    promises: {},
  },
  {
    ...onLinks('F22.side', 'one gateway and its key service parted from Redis', sideLinks, { kind: 'hold' }),
    // Two faults: this side of the network does not know the counts of the other one, and admits its share in addition.
    promises: { ...promises, overAdmissionMax: shareMax },
  },
];

function onLinks(id: string, what: string, names: readonly (keyof FaultyLinks)[], fault: LinkFault): Fault {
  return {
    id,
    what,
    holdMs: [3_000, 2_000],
    promises,
    aftermath: 'none',
    arm: armed(({ links }) => ({
      inject: async () => {
        for (const name of names) links[name].inject(fault);
      },
      heal: async () => {
        for (const name of names) links[name].heal();
      },
    })),
  };
}

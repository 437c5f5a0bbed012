import { armed, type Fault, type FaultyLinks } from './fault.ts';
import type { LinkFault } from './tcp-fault-proxy.ts';

const redisLinks = ['gatewayToRedis', 'keysToRedis'] as const;
const promises = { acknowledgedWithinMs: 3_500 };

/** Of one gateway and one key service; the others beside them have sound links. */
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
  onLinks('F22.gateway-keys', 'one gateway parted from its key service', ['gatewayToKeys', 'gatewayToKeysInternal'], {
    kind: 'hold',
  }),
];

function onLinks(id: string, what: string, names: readonly (keyof FaultyLinks)[], fault: LinkFault): Fault {
  return {
    id,
    what,
    holdMs: [3_000, 2_000],
    promises: id === 'F22.gateway-keys' ? {} : promises,
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

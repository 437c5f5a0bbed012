import type { RunningService } from '@engagetrack/test-ground';
import { hooks } from '@engagetrack/test-ground';
import { armed, type Fault, type FaultGround, redisAway, shareMax } from './fault.ts';

const stallMs = 2_000;
/** Variables that let a gateway stall on a signal. */
export const stallOnSignal = hooks.stallOnSignal(stallMs);

const knownKeysUnaffected = { knownKeysUnaffected: true } as const;

export const processFaults: readonly Fault[] = [
  {
    id: 'F01.gateway-start',
    what: 'a gateway starts while Redis is down',
    holdMs: [1_000, 500],
    // A new gateway knows of no count.
    promises: { ...redisAway, overAdmissionMax: shareMax },
    aftermath: 'generation',
    arm: armed(({ redis, product, random }) => ({
      inject: async () => {
        await redis.kill();
        await random.pick(product.gateways).restart();
      },
      heal: () => redis.restart({ keepData: true }),
    })),
  },
  {
    id: 'F10.keys-kill',
    what: 'one key service kill -9',
    holdMs: [1_000, 500],
    promises: knownKeysUnaffected,
    aftermath: 'dead_instance',
    arm: armed(({ product, random }) => {
      const service = random.pick(product.keyServices);
      return { inject: async () => service.running.signal('SIGKILL'), heal: () => service.restart() };
    }),
  },
  {
    id: 'F11.keys-restart',
    what: 'all key services kill -9 and started at once',
    holdMs: [0, 0],
    promises: { knownKeysUnaffected: 'if_quick' },
    aftermath: 'dead_instance',
    arm: armed(({ product: { keyServices } }) => ({
      inject: () => forAll(keyServices, (service) => service.restart()),
      heal: async () => undefined,
    })),
  },
  {
    id: 'F11.keys-down',
    what: 'all key services kill -9',
    holdMs: [5_000, 3_000],
    // No process is left to vouch for a key: when the lease is over, 503 is the only safe answer even to a known key.
    promises: {},
    aftermath: 'generation_and_dead_instance',
    arm: armed(({ product: { keyServices } }) => ({
      inject: () => forAll(keyServices, async ({ running }) => running.signal('SIGKILL')),
      heal: () => forAll(keyServices, (service) => service.restart()),
    })),
  },
  {
    id: 'F12.keys-frozen',
    what: 'one key service SIGSTOP',
    holdMs: [5_000, 3_000],
    promises: knownKeysUnaffected,
    aftermath: 'none',
    arm: armed(({ product, random }) => {
      const { running } = random.pick(product.keyServices);
      return { inject: async () => running.signal('SIGSTOP'), heal: async () => running.signal('SIGCONT') };
    }),
  },
  {
    id: 'F13.gateway-kill',
    what: 'a gateway kill -9',
    holdMs: [500, 500],
    promises: {},
    aftermath: 'none',
    arm: armed(({ product, random }) => {
      const gateway = random.pick(product.gateways);
      return { inject: async () => gateway.running.signal('SIGKILL'), heal: () => gateway.restart() };
    }),
  },
  {
    id: 'F13.gateway-term',
    what: 'a gateway SIGTERM, then started anew',
    holdMs: [500, 500],
    promises: {},
    aftermath: 'none',
    arm: armed(({ product, random }) => {
      const gateway = random.pick(product.gateways);
      return {
        inject: async () => gateway.running.signal('SIGTERM'),
        heal: () => gateway.restart(),
      };
    }),
  },
  {
    id: 'F20.gateways-restart',
    what: 'all gateways kill -9 and started at once, knowing nothing',
    holdMs: [0, 0],
    promises: {},
    aftermath: 'none',
    arm: armed(({ product: { gateways } }) => ({
      inject: () => forAll(gateways, (gateway) => gateway.restart()),
      heal: async () => undefined,
    })),
  },
  {
    id: 'F17.gateway-stalled',
    what: "a gateway's event loop stands still for two seconds",
    holdMs: [stallMs + 100, stallMs + 100],
    promises: {},
    aftermath: 'none',
    arm: armed(({ product, random, gatewayThawed }) => {
      const number = random.pick([...product.gateways.keys()]);
      let stalledAtMs = 0;
      return {
        inject: async () => {
          stalledAtMs = performance.now();
          product.gateways[number]?.running.signal('SIGUSR2');
        },
        heal: async () => gatewayThawed(number, stalledAtMs),
      };
    }),
  },
  {
    id: 'F16.gateway-frozen',
    what: 'a gateway SIGSTOP',
    holdMs: [5_000, 2_500],
    promises: {},
    aftermath: 'none',
    arm: armed(freezeGateway),
  },
];

async function forAll(
  services: readonly RunningService[],
  work: (service: RunningService) => Promise<void>,
): Promise<void> {
  await Promise.all(services.map(work));
}

function freezeGateway({ product: { gateways }, random, gatewayThawed }: FaultGround) {
  const number = random.pick([...gateways.keys()]);
  const running = gateways[number]?.running;
  let frozenAtMs = 0;
  return {
    inject: async () => {
      frozenAtMs = performance.now();
      running?.signal('SIGSTOP');
    },
    heal: async () => {
      running?.signal('SIGCONT');
      gatewayThawed(number, frozenAtMs);
    },
  };
}

import type { ProcessExit, Product, RunningService } from '@engagetrack/test-ground';
import { startAgain } from '@engagetrack/test-ground';
import type { LinkName, WireTaps } from '@engagetrack/test-ground/wire';
import { type Failpoint, followMoments, type Moment } from './failpoint.ts';

/** A key service that is killed at a step of a call. Its code is unchanged: the proxies on its links see the step. */
export interface Victim {
  /** The gateways that use it. */
  readonly gateways: readonly number[];
  /** Sets a trap for the one call that is under way there; no other call may be. */
  setTrap(failpoint: Failpoint, subject: string): Trap;
  /** Stops all messages between it and Redis, until it has been killed. */
  partFromRedis(): void;
  /** Starts it anew, without waiting for it. */
  restart(): void;
  /** Resolves when it listens. */
  whenReady(): Promise<void>;
}

export interface Trap {
  /**
   * Resolves when the step was seen and the key service has died; at once, with undefined, when the step was not seen.
   */
  end(): Promise<ProcessExit | undefined>;
}

export function createVictim(product: Product, taps: WireTaps, number: number): Victim {
  const { keyServices } = product;
  const service = serviceOf(product, number);
  const gateways = [...product.gateways.keys()].filter((gateway) => gateway % keyServices.length === number);
  const redis: LinkName = `keys ${number} to redis`;
  const links = new Map<string, Moment['link']>([
    [redis, 'redis'],
    [`keys ${number} to postgres`, 'postgres'],
    ...gateways.map((gateway) => [`gateway ${gateway} to keys`, 'callers'] as const),
  ]);
  const proxies = [...links.keys()].map((name) => taps.link(name));
  let ready = Promise.resolve();

  return {
    gateways,
    setTrap: (failpoint, subject) => {
      const isThere = followMoments(failpoint.moments, subject);
      let death: Promise<ProcessExit> | undefined;
      const endWatch = taps.watch((message) => {
        const link = links.get(message.link);
        if (link === undefined || death !== undefined || !isThere({ link, message })) return 'pass';
        death = kill();
        return failpoint.lastArrives ? 'pass' : 'hold';
      });
      return {
        end: async () => {
          endWatch();
          return death;
        },
      };
    },
    partFromRedis: () => taps.link(redis).freeze(),
    restart: () => {
      ready = ready.then(() => startAgain(service));
    },
    whenReady: () => ready,
  };

  /** After this instant no message to it or from it passes, until it has ended. */
  async function kill(): Promise<ProcessExit> {
    const { running } = service;
    for (const proxy of proxies) proxy.freeze();
    running.signal('SIGKILL');
    const exit = await running.exited;
    for (const proxy of proxies) proxy.reset();
    return exit;
  }
}

function serviceOf({ keyServices }: Product, number: number): RunningService {
  const service = keyServices[number];
  if (service === undefined) throw new Error(`There is no key service ${number}`);
  return service;
}

import { startAgain } from '@engagetrack/test-ground';
import { type RedisServer, startRedis, waitFor, withClient } from '@engagetrack/test-ground/stores';
import { createWireTaps, type WireTaps } from '@engagetrack/test-ground/wire';
import { openProvingGround, type ProvingGround } from '../prove/proving-ground.ts';
import type { Change } from './switched-off-rule.ts';

/** Two key services and two gateways with proxies on every link, which can be started anew with rules switched off. */
export interface Stage {
  readonly ground: ProvingGround;
  readonly taps: WireTaps;
  readonly otherRedis: RedisServer;
  /** Starts from nothing: all processes are killed, both Redis are emptied, and the ledger has no renewal. */
  restart(options: RestartOptions): Promise<void>;
  stop(): Promise<void>;
}

export interface RestartOptions {
  readonly changes: readonly Change[];
  readonly bothKeyServices: boolean;
}

const readyDeadlineMs = 30_000;
const switchOff = new URL('./switch-off.mjs', import.meta.url).href;

export async function openStage(seed: number): Promise<Stage> {
  const taps = createWireTaps();
  const [ground, otherRedis] = await Promise.all([
    openProvingGround({ gateways: 2, keyServices: 2, seed, redisDeadlineMs: undefined, connectThrough: taps.through }),
    startRedis(),
  ]);
  const { product, redis, postgres, links } = ground;
  const services = [...product.keyServices, ...product.gateways];

  return {
    ground,
    taps,
    otherRedis,
    restart: async ({ changes, bothKeyServices }) => {
      for (const { running } of services) running.signal('SIGKILL');
      await Promise.all(services.map(({ running }) => running.exited));
      taps.reset();
      // A fault that was broken off has not healed.
      for (const link of Object.values(links)) link.heal();
      links.gatewayToRedis.retarget(redis.port);
      await Promise.all([redis.restart(), otherRedis.restart()]);
      await withClient(postgres.url, (client) => client.query('TRUNCATE witness_ledger, outbox'));
      const environment =
        changes.length === 0 ? {} : { NODE_OPTIONS: `--import=${switchOff}`, SWITCHED_OFF: JSON.stringify(changes) };
      // One after the other, so that they share one generation.
      await startAgain(product.keys, environment);
      const others = [...product.keyServices.slice(1, bothKeyServices ? 2 : 1), ...product.gateways];
      await Promise.all(others.map((service) => startAgain(service, environment)));
      for (const { file } of changes)
        if (!services.some(({ running }) => running.output().includes(`switched off in ${file}\n`)))
          throw new Error(`Nobody has read ${file}`);
      await Promise.all(product.gateways.map((gateway) => trusts(gateway.address('admin'))));
    },
    stop: async () => {
      await ground.stop();
      await Promise.all([taps.stop(), otherRedis.stop()]);
    },
  };
}

/** Whether the gateway lets Redis vouch for keys, by its own metrics. */
async function trusts(adminUrl: string): Promise<void> {
  await waitFor(async () => /^gateway_witness_trusted 1$/m.test(await (await fetch(`${adminUrl}/metrics`)).text()), {
    deadlineMs: readyDeadlineMs,
    what: 'a gateway to trust Redis',
  });
}

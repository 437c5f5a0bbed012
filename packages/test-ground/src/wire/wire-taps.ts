import type { Connection } from '../processes/start-product.ts';
import { decodeHttp } from './http-wire.ts';
import { decodePostgres } from './postgres-wire.ts';
import { decodeRedis } from './redis-wire.ts';
import type { WireProtocol } from './wire-message.ts';
import { startWireProxy, type WireProxy, type WireWatch } from './wire-proxy.ts';

/** A client and its server: `keys 0 to redis`. */
export type LinkName = `${Connection['from']['name']} ${number} to ${Connection['to']}`;

/** Wire proxies on the links of a product's processes, and the watches on them. */
export interface WireTaps {
  /** The address of the proxy for this connection. */
  through(connection: Connection): Promise<string>;
  link(name: string): WireProxy;
  /** A message passes when no watch holds it. @returns ends the watch. */
  watch(watch: WireWatch): () => void;
  /** Resets every link, drops its connections and ends all watches. */
  reset(): void;
  stop(): Promise<void>;
}

const protocols: Readonly<Record<Connection['to'], WireProtocol>> = {
  postgres: decodePostgres,
  redis: decodeRedis,
  keys: decodeHttp,
  'keys-internal': decodeHttp,
};

export function createWireTaps(): WireTaps {
  const links = new Map<string, WireProxy>();
  const targets = new Map<string, number>();
  const watches = new Set<WireWatch>();
  return {
    through: async ({ from, to, url }) => {
      const link: LinkName = `${from.name} ${from.n} to ${to}`;
      const targetPort = Number(new URL(url).port);
      const proxy = await startWireProxy({
        link,
        targetPort,
        protocol: protocols[to],
        // Every watch is called, also for a message that another one holds.
        watch: (message) => ([...watches].map((watch) => watch(message)).includes('hold') ? 'hold' : 'pass'),
      });
      links.set(link, proxy);
      targets.set(link, targetPort);
      return proxy.through(url);
    },
    link: (name) => {
      const proxy = links.get(name);
      if (proxy === undefined) throw new Error(`There is no tap on the link ${name}`);
      return proxy;
    },
    watch: (watch) => {
      watches.add(watch);
      return () => watches.delete(watch);
    },
    reset: () => {
      watches.clear();
      for (const [name, proxy] of links) {
        proxy.retarget(targets.get(name) ?? 0);
        proxy.reset();
      }
    },
    stop: async () => {
      await Promise.all([...links.values()].map((proxy) => proxy.stop()));
    },
  };
}

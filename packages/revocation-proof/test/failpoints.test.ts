import { type ApiClient, createApiClient, type Product, startProduct } from '@engagetrack/test-ground';
import {
  createTestDatabase,
  describeWithOwnRedis,
  describeWithPostgres,
  type RedisServer,
  startRedis,
  type TestDatabase,
} from '@engagetrack/test-ground/stores';
import type { WireMessage } from '@engagetrack/test-ground/wire';
import { createWireTaps, type WireTaps } from '@engagetrack/test-ground/wire';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { failpoints } from '../src/failpoints/failpoints.ts';

/** The connections of a key service on which it serves calls; its renewal and its look-ups have their own. */
const callConnections: readonly (string | undefined)[] = [undefined, 'keys'];
/** Messages on those connections that are no step of a call: greetings and transaction brackets. */
const besideSteps = /^Q.{4}begin|^hello |^client /s;
const links = { 'gateway 0 to keys': 'callers', 'keys 0 to postgres': 'postgres', 'keys 0 to redis': 'redis' } as const;

describeWithOwnRedis('the failpoints', () => {
  describeWithPostgres('of a key service', () => {
    let redis: RedisServer;
    let database: TestDatabase;
    let taps: WireTaps;
    let product: Product;
    let client: ApiClient;
    let session: string;
    beforeAll(async () => {
      [redis, database] = await Promise.all([startRedis(), createTestDatabase()]);
      taps = createWireTaps();
      product = await startProduct({
        redisUrl: redis.url,
        databaseUrl: database.url,
        gateways: 1,
        connectThrough: (connection) =>
          connection.from.name === 'keys' || connection.to === 'keys' ? taps.through(connection) : connection.url,
      });
      client = createApiClient(product.gateways[0]?.address('api') ?? '', product.owner.organizationId);
      session = await client.logIn(product.owner.email, product.owner.password);
    });
    afterAll(async () => {
      await product.stop();
      await Promise.all([taps.stop(), redis.stop(), database.drop()]);
    });

    const questionsDuring = async (call: () => Promise<unknown>): Promise<WireMessage[]> => {
      const messages: WireMessage[] = [];
      const endWatch = taps.watch((message) => {
        const isStep = callConnections.includes(message.client) && !besideSteps.test(message.text);
        if (message.leg === 'question' && isStep) messages.push(message);
        return 'pass';
      });
      await call();
      endWatch();
      return messages;
    };
    const without = (call: 'create' | 'DELETE', subject: string, messages: readonly WireMessage[]): string[] => {
      const moments = failpoints.filter((each) => each.call === call).flatMap((each) => each.moments.slice(-1));
      return messages
        .filter((message) => {
          const link = Object.entries(links).find(([name]) => name === message.link)?.[1];
          return !moments.some(
            (moment) => moment.link === link && moment.leg === 'question' && moment.is(message, subject),
          );
        })
        .map(({ link, text }) => `${link}: ${text}`);
    };

    it('cover every message of a creation', async () => {
      const messages = await questionsDuring(() => client.createKey(session));
      expect(messages.length).toBeGreaterThanOrEqual(7);
      expect(without('create', 'System test', messages)).toEqual([]);
    });

    it('cover every message of a DELETE, of the first one of a key service and of the next', async () => {
      for (const least of [11, 10]) {
        const { id } = await client.createKey(session);
        const messages = await questionsDuring(() => client.revokeKey(session, id));
        expect(messages.length).toBeGreaterThanOrEqual(least);
        expect(without('DELETE', id, messages)).toEqual([]);
      }
    });
  });
});

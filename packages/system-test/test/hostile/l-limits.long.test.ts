import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import {
  type ApiClient,
  createApiClient,
  hooks,
  nonceParameter,
  type Product,
  type RecordingUpstream,
  type RunningService,
  startProduct,
  startRecordingUpstream,
} from '@engagetrack/test-ground';
import {
  createTestDatabase,
  describeWithOwnRedis,
  describeWithPostgres,
  type RedisServer,
  startRedis,
  type TestDatabase,
  waitFor,
} from '@engagetrack/test-ground/stores';
import { startTcpFaultProxy, type TcpFaultProxy } from '@engagetrack/test-ground/wire';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { type HammerAnswer, hammer } from './hammer.ts';
import { whileRedisVouches } from './while-redis-vouches.ts';

const organization = '/api/v1/organizations/org_demo';
const sites = `${organization}/sites`;
const stats = `${sites}/site_1/analytics/stats`;
const shippedRoutes = fileURLToPath(new URL('../../../../services/gateway/config/routes.yaml', import.meta.url));
const quota = 600;
const gatewayCount = 10;
const socketsEach = 50;
const windowSeconds = 5;
const windowsHammered = 5;
const deadlineMs = 30_000;
const minuteMs = 60_000;
const tenMinutesMs = 10 * minuteMs;

describeWithOwnRedis('L: limits over many gateways', () => {
  describeWithPostgres('as processes', () => {
    let redis: RedisServer;
    let observer: Redis;
    let database: TestDatabase;
    let upstream: RecordingUpstream;
    let toRedis: TcpFaultProxy;
    let product: Product;
    let keyService: ApiClient;
    let session: string;
    let folder: string;
    const gateways: RunningService[] = [];
    beforeAll(async () => {
      [redis, database, upstream, folder] = await Promise.all([
        startRedis(),
        createTestDatabase(),
        startRecordingUpstream(() => performance.now()),
        mkdtemp(join(tmpdir(), 'engagetrack-limits-')),
      ]);
      observer = new Redis(redis.url, { maxRetriesPerRequest: 0, retryStrategy: () => 100 });
      observer.on('error', () => undefined);
      toRedis = await startTcpFaultProxy(redis.port, () => 0);
      // Short windows of the analytics policy, so that five of them take half a minute.
      const routesFile = join(folder, 'routes.yaml');
      const routes = await readFile(shippedRoutes, 'utf8');
      await writeFile(
        routesFile,
        routes.replace(
          'analytics: { limit: 600, window: 60s }',
          `analytics: { limit: 600, window: ${windowSeconds}s }`,
        ),
      );
      product = await startProduct({
        redisUrl: redis.url,
        databaseUrl: database.url,
        gateways: 0,
        upstreamUrl: upstream.url,
        redisDeadlineMs: 5_000,
        logLevel: 'info',
        outputBytesMax: 2 ** 20,
        connectThrough: ({ from, to, url }) =>
          from.name === 'gateway' && from.n === gatewayCount && to === 'redis' ? toRedis.through(url) : url,
      });
      // One after the other: ten processes that start at once are too much for a small machine.
      for (let n = 0; n < gatewayCount; n += 1)
        gateways.push(
          await product.startGateway({
            ROUTES_FILE: routesFile,
            // L05: every one of their clocks is wrong.
            ...hooks.shiftClock(n % 2 === 0 ? tenMinutesMs : -tenMinutesMs),
          }),
        );
      keyService = createApiClient(product.keys.address('api'), product.owner.organizationId);
      session = await keyService.logIn(product.owner.email, product.owner.password);
    }, 240_000);
    afterAll(async () => {
      observer.disconnect();
      await product.stop();
      await Promise.all([
        toRedis.stop(),
        upstream.stop(),
        redis.stop(),
        database.drop(),
        rm(folder, { recursive: true }),
      ]);
    });

    const portOf = (gateway: RunningService) => Number(new URL(gateway.address('api')).port);
    const createKey = () => keyService.createKey(session, ['sites:read', 'analytics:read']);
    const clientOf = (gateway: RunningService) => createApiClient(gateway.address('api'), product.owner.organizationId);
    const redisNowMs = async () => {
      const [seconds, microseconds] = await observer.time();
      return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
    };
    const earlyInAMinute = () =>
      waitFor(async () => (await redisNowMs()) % minuteMs < minuteMs / 3, {
        deadlineMs: minuteMs,
        what: 'a minute with enough of it left',
      });

    it('L03 admit exactly the quota of each window under load on all gateways', async () => {
      await whileRedisVouches(gateways, hammerWindows);
    }, 400_000);

    const hammerWindows = async () => {
      const { key } = await createKey();
      const answers: HammerAnswer[] = [];
      const windows = new Set<number>();
      upstream.takeArrivals();
      await hammer({
        ports: gateways.map(portOf),
        socketsEach,
        request: (nonce) =>
          `GET ${stats}?${nonceParameter}=${nonce} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\n\r\n`,
        // The first and the last window are not complete.
        isOver: () => windows.size >= windowsHammered + 2,
        answered: (answer) => {
          answers.push(answer);
          if (!Number.isNaN(answer.reset)) windows.add(answer.reset);
        },
      });
      const [, ...rest] = [...windows].sort((a, b) => a - b);
      const whole = rest.slice(0, windowsHammered);
      // A machine that is too busy to carry out a decision in time answers 503, with the unit spent.
      const admitted = answers.filter(({ status }) => status !== 429);
      expect(admitted.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
      for (const reset of whole) {
        const inWindow = admitted.filter((answer) => answer.reset === reset);
        expect(inWindow).toHaveLength(quota);
        expect(new Set(inWindow.map(({ remaining }) => remaining)).size).toBe(quota);
      }
      const arrived = new Set(upstream.takeArrivals().map(({ nonce }) => nonce));
      expect(arrived).toEqual(new Set(admitted.flatMap(({ nonce, status }) => (status === 200 ? [nonce] : []))));
    };

    it('L05 have the same end of a window at gateways whose clocks are twenty minutes apart', async () => {
      const { key } = await createKey();
      await earlyInAMinute();
      const before = await redisNowMs();
      const answers = await Promise.all(gateways.map((gateway) => clientOf(gateway).getDecided(sites, key)));
      const resets = new Set(answers.map(({ headers }) => headers.get('x-ratelimit-reset')));
      expect(answers.map(({ status }) => status)).toEqual(Array(gatewayCount).fill(200));
      expect([...resets]).toEqual([String((Math.floor(before / minuteMs) + 1) * 60)]);
      // Checks that the clocks are wrong: each process dates its log by its own clock, a line a request, and may write
      // it a little later.
      const wrongMinutes = () =>
        gateways.map(({ running }) => {
          const [, lastDate = ''] = /.*"time":"([^"]+)"/s.exec(running.output()) ?? [];
          return Math.round((Date.parse(lastDate) - before) / minuteMs);
        });
      const shifted = gateways.map((_gateway, n) => (n % 2 === 0 ? 10 : -10));
      await waitFor(async () => isDeepStrictEqual(wrongMinutes(), shifted), {
        deadlineMs: 10_000,
        what: 'a log line of each gateway by its own clock',
      });
    });

    it('L05 name no Retry-After that is too early, however wrong the clock of a gateway', () =>
      whileRedisVouches(gateways, async () => {
        const { key } = await createKey();
        await earlyInAMinute();
        const answers: HammerAnswer[] = [];
        await hammer({
          ports: gateways.map(portOf),
          socketsEach: 5,
          request: () => `GET ${sites} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\n\r\n`,
          // Some of the first may be 503 on a busy machine, which spend nothing.
          isOver: () => answers.at(-1)?.status === 429,
          answered: (answer) => answers.push(answer),
        });
        for (const gateway of gateways) {
          const { status, headers } = await clientOf(gateway).getDecided(sites, key);
          expect(status).toBe(429);
          const retryAt = Date.parse(headers.get('date') ?? '') / 1_000 + Number(headers.get('retry-after'));
          expect(retryAt).toBeGreaterThanOrEqual(Number(headers.get('x-ratelimit-reset')));
          expect(retryAt).toBeLessThan(Number(headers.get('x-ratelimit-reset')) + 2);
        }
      }));

    it('L11 spend the unit of a lost reply once, answer all the same, and admit nothing over the quota', async () => {
      // The eleventh gateway, over a link whose replies come after the gateway's deadline.
      const gateway = await product.startGateway({ REDIS_DEADLINE_MS: '200' });
      const client = clientOf(gateway);
      const { id, key } = await createKey();
      await earlyInAMinute();
      const counted = async () => {
        const names = await observer.keys(`quota:*:${id}:standard:*`);
        const counts = await Promise.all(names.map((name) => observer.get(name)));
        return counts.reduce((sum, count) => sum + Number(count), 0);
      };
      expect((await client.get(sites, key)).status).toBe(200);
      expect(await counted()).toBe(1);
      upstream.takeArrivals();
      toRedis.inject({ kind: 'latency', delayMs: 1_000 });
      const answer = await client.get(`${sites}?${nonceParameter}=lost`, key);
      expect(answer.status).toBe(200);
      expect(upstream.takeArrivals().map(({ nonce }) => nonce)).toEqual(['lost']);
      // The command arrives once and is never sent again, so it counts one.
      await waitFor(async () => (await counted()) === 2, { deadlineMs, what: 'the unit of the lost reply' });
      toRedis.heal();
      let admitted = 2;
      await waitFor(
        async () => {
          const { status, headers } = await client.get(sites, key);
          if (status === 200) admitted += 1;
          // Never fewer than were admitted; the units spent without Redis are reported once.
          if (headers.get('x-ratelimit-remaining') !== null)
            expect(quota - Number(headers.get('x-ratelimit-remaining'))).toBeGreaterThanOrEqual(admitted);
          return status === 429;
        },
        { deadlineMs, what: 'the end of the quota' },
      );
      expect(admitted).toBeLessThanOrEqual(quota);
      await gateway.running.stop();
    });

    it('L12 go on from the last count that a gateway saw, when Redis restarts empty in the middle of a window', async () => {
      const [gateway] = gateways;
      if (gateway === undefined) throw new Error('no gateway');
      const client = clientOf(gateway);
      const { key } = await createKey();
      const probe = await createKey();
      const decidedByRedis = async () => {
        const text = await (await fetch(`${gateway.address('admin')}/metrics`)).text();
        return Number(/^gateway_decisions_total\{source="store"\} (\d+)$/m.exec(text)?.[1]);
      };
      const vouchedFor = async () => {
        const before = await decidedByRedis();
        await client.get(sites, probe.key);
        return (await decidedByRedis()) > before;
      };
      await waitFor(vouchedFor, { deadlineMs, what: 'the word of Redis' });
      await earlyInAMinute();
      let admitted = 0;
      for (; admitted < 300; admitted += 1) expect((await client.get(sites, key)).status).toBe(200);
      await redis.restart();
      await waitFor(vouchedFor, { deadlineMs, what: 'the word of the new Redis' });
      const first = await client.get(sites, key);
      expect([first.status, first.headers.get('x-ratelimit-remaining')]).toEqual([200, String(quota - 301)]);
      for (admitted = 301; (await client.get(sites, key)).status === 200; admitted += 1);
      // No request was in flight when it restarted.
      expect(admitted).toBe(quota);
    });
  });
});

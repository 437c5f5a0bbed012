import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import type { RunningService } from '@engagetrack/test-ground';
import {
  type ApiClient,
  type CreatedKey,
  createApiClient,
  createSelfSignedCertificate,
  nonceParameter,
  type Product,
  type RecordingUpstream,
  startProduct,
  startRecordingUpstream,
} from '@engagetrack/test-ground';
import {
  createTestDatabase,
  describeWithOwnRedis,
  describeWithPostgres,
  openRedis,
  type RedisServer,
  startRedis,
  type TestDatabase,
  waitFor,
} from '@engagetrack/test-ground/stores';
import { type LinkFault, startTcpFaultProxy, type TcpFaultProxy } from '@engagetrack/test-ground/wire';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';

const sites = '/api/v1/organizations/org_demo/sites';
const frozenMs = 2_000;
const dayMs = 24 * 60 * 60 * 1000;
/** Each way. A question and its answer take half a second together: half as long as a decision may last. */
const slow: LinkFault = { kind: 'latency', delayMs: 250 };
/** Milliseconds, longer than an answer of Redis over a slow link takes. */
const redisDeadlineMs = 2_000;
const deadlineMs = 15_000;
/** Tries. A busy machine may be too slow to catch a request half-way; after so many the test fails. */
const triesMax = 10;

describeWithOwnRedis('a gateway that is frozen between its decision and its forwarding', () => {
  describeWithPostgres('as a process', () => {
    let folder: string;
    let redis: RedisServer;
    let database: TestDatabase;
    let upstream: RecordingUpstream;
    let encrypted: Server;
    let toRedis: TcpFaultProxy;
    let toUpstream: TcpFaultProxy;
    let product: Product;
    let gateway: RunningService;
    let client: ApiClient;
    let keyService: ApiClient;
    let session: string;
    beforeAll(async () => {
      [folder, redis, database, upstream] = await Promise.all([
        mkdtemp(join(tmpdir(), 'engagetrack-certificate-')),
        startRedis(),
        createTestDatabase(),
        startRecordingUpstream(() => performance.now()),
      ]);
      const certificate = await createSelfSignedCertificate({
        host: '127.0.0.1',
        notBefore: new Date(Date.now() - dayMs),
        notAfter: new Date(Date.now() + dayMs),
      });
      const certificateFile = join(folder, 'upstream.pem');
      await writeFile(certificateFile, certificate.cert);
      // An encrypted connection takes longest to make: both sides exchange messages before the first request.
      encrypted = createServer(certificate, (socket) => {
        const plain = connect(Number(new URL(upstream.url).port), '127.0.0.1');
        for (const each of [socket, plain]) each.on('error', () => each.destroy());
        socket.pipe(plain).pipe(socket);
      });
      await new Promise<void>((resolve) => encrypted.listen(0, '127.0.0.1', resolve));
      toUpstream = await startTcpFaultProxy((encrypted.address() as AddressInfo).port, () => 0);
      toRedis = await startTcpFaultProxy(redis.port, () => 0);
      product = await startProduct({
        redisUrl: redis.url,
        databaseUrl: database.url,
        gateways: 0,
        redisDeadlineMs,
        upstreamUrl: `https://127.0.0.1:${toUpstream.port}`,
        connectThrough: ({ from, to, url }) => (from.name === 'gateway' && to === 'redis' ? toRedis.through(url) : url),
      });
      gateway = await product.startGateway({ NODE_EXTRA_CA_CERTS: certificateFile });
      client = createApiClient(gateway.address('api'), product.owner.organizationId);
      keyService = createApiClient(product.keys.address('api'), product.owner.organizationId);
      session = await keyService.logIn(product.owner.email, product.owner.password);
    });
    afterEach(() => {
      gateway.running.signal('SIGCONT');
      for (const link of [toRedis, toUpstream]) link.heal();
    });
    afterAll(async () => {
      await product.stop();
      await Promise.all([toRedis.stop(), toUpstream.stop()]);
      encrypted.close();
      await Promise.all([upstream.stop(), redis.stop(), database.drop(), rm(folder, { recursive: true })]);
    });

    const send = (key: string, nonce: string) => client.get(`${sites}?${nonceParameter}=${nonce}`, key);
    const arrived = (nonce: string) => upstream.takeArrivals().some((arrival) => arrival.nonce === nonce);
    const passed = (sinceMs: number, ms: number) =>
      waitFor(() => performance.now() - sinceMs >= ms, { deadlineMs, what: `${ms} ms` });
    const decidedByRedis = async (): Promise<number> => {
      const metrics = await (await fetch(`${gateway.address('admin')}/metrics`)).text();
      return Number(/^gateway_decisions_total\{source="store"\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
    };
    /** Waits until Redis decides for the gateway. */
    const vouchedFor = async () => {
      const { key } = await keyService.createKey(session);
      await waitFor(
        async () => {
          const before = await decidedByRedis();
          expect((await client.getDecided(sites, key)).status).toBe(200);
          return (await decidedByRedis()) > before;
        },
        { deadlineMs, what: 'the word of Redis' },
      );
    };
    /** A key that the gateway knows, so that a single question to Redis decides about its next request. */
    const createKnownKey = async (): Promise<CreatedKey> => {
      const created = await keyService.createKey(session);
      expect((await client.getDecided(sites, created.key)).status).toBe(200);
      return created;
    };
    const unitsOf = async ({ id }: CreatedKey): Promise<number> => {
      const observer = openRedis(redis.url);
      try {
        const counters = await observer.keys(`quota:*:${id}:*`);
        const counts = await Promise.all(counters.map((counter) => observer.get(counter)));
        return counts.reduce((sum, count) => sum + Number(count), 0);
      } finally {
        observer.disconnect();
      }
    };

    it.each<[string, () => TcpFaultProxy]>([
      ['the word of Redis is on its way', () => toRedis],
      ['the connection to the upstream is being made', () => toUpstream],
    ])('forwards no request that Redis had admitted, when it was frozen while %s', async (_what, link) => {
      /** Sends a request on a slow link; every connection to the upstream is made anew. */
      const begin = async (nonce: string) => {
        await vouchedFor();
        const created = await createKnownKey();
        const unitsBefore = await unitsOf(created);
        toUpstream.reset();
        link().inject(slow);
        let isAnswered = false;
        // The gateway may also cut a request that is under way when its key is revoked, without an answer.
        const answer = send(created.key, nonce)
          .then(
            ({ status }) => status,
            () => 'cut' as const,
          )
          .finally(() => {
            isAnswered = true;
          });
        await waitFor(
          async () => {
            expect({ isAnswered, units: await unitsOf(created) }).toMatchObject({ units: unitsBefore + 1 });
            return true;
          },
          { deadlineMs, what: 'the unit of a request' },
        );
        return { created, answer, isAnswered: () => isAnswered };
      };
      const undisturbed = await begin('undisturbed');
      expect(await undisturbed.answer).toBe(200);
      expect(arrived('undisturbed')).toBe(true);
      link().heal();

      for (let tries = 1; ; tries += 1) {
        expect(tries).toBeLessThanOrEqual(triesMax);
        const nonce = `half-way-${tries}`;
        const { created, answer, isAnswered } = await begin(nonce);
        gateway.running.signal('SIGSTOP');
        const stoppedAtMs = performance.now();
        const wasHalfWay = !isAnswered() && !arrived(nonce);
        if (wasHalfWay) {
          expect((await keyService.revokeKey(session, created.id)).status).toBe(204);
          await passed(stoppedAtMs, frozenMs);
        }
        gateway.running.signal('SIGCONT');
        const outcome = await answer;
        link().heal();
        if (!wasHalfWay) continue;
        // 502: the gateway was frozen for as long as a connection to the upstream may take to be made.
        expect([401, 502, 503, 'cut']).toContain(outcome);
        expect((await send(created.key, nonce)).status).toBe(401);
        expect(arrived(nonce)).toBe(false);
        break;
      }
      const { key } = undisturbed.created;
      await waitFor(async () => (await send(key, 'afterwards')).status === 200, { deadlineMs, what: 'a live key' });
    });

    it('refuses requests of a revoked key that arrived while it was frozen, and serves live keys', async () => {
      const [revoked, live] = [await createKnownKey(), await createKnownKey()];
      gateway.running.signal('SIGSTOP');
      const stoppedAtMs = performance.now();
      expect((await keyService.revokeKey(session, revoked.id)).status).toBe(204);
      const answers = Promise.all([send(revoked.key, 'revoked'), send(live.key, 'live')]);
      await passed(stoppedAtMs, frozenMs);
      gateway.running.signal('SIGCONT');
      expect((await answers).map(({ status }) => status)).toEqual([401, 200]);
      const nonces = upstream.takeArrivals().map(({ nonce }) => nonce);
      expect(nonces).toContain('live');
      expect(nonces).not.toContain('revoked');
    });
  });
});

import { randomBytes } from 'node:crypto';
import {
  type Artefacts,
  artefactsOfProcesses,
  artefactsOfStores,
  formsOfKey,
  leaksIn,
  parseStatementLog,
  type RawUpstream,
  readHashColumn,
  type StatementLog,
  seenField,
  sendBytes,
  startRawUpstream,
  sweepForKeys,
} from '@engagetrack/hostile-input';
import { type ApiClient, createApiClient, type Product, startProduct } from '@engagetrack/test-ground';
import {
  describeWithOwnPostgres,
  describeWithOwnRedis,
  type RedisServer,
  type StartedPostgres,
  startPostgres,
  startRedis,
  waitFor,
} from '@engagetrack/test-ground/stores';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';

const organization = '/api/v1/organizations/org_demo';
const sites = `${organization}/sites`;
const deadlineMs = 30_000;
/** A name that is a statement, if a database executes it. */
const statementName = "canary'; DROP TABLE api_keys; --";

describeWithOwnRedis('G: a run that uses keys', () => {
  describeWithOwnPostgres('in everything that it makes', () => {
    let redis: RedisServer;
    let postgres: StartedPostgres;
    let upstream: RawUpstream;
    let observer: Redis;
    let monitor: Redis;
    let product: Product;
    let client: ApiClient;
    let artefacts: Artefacts;
    let statements: StatementLog;
    /** Keys that the product has created, and one that it has not. */
    const created: string[] = [];
    const unknownKey = `et_live_${randomBytes(16).toString('hex')}`;
    const canaries = () => [...created, unknownKey];
    const answers: string[] = [];
    const monitored: string[] = [];

    beforeAll(async () => {
      [redis, postgres, upstream] = await Promise.all([
        startRedis(),
        startPostgres({ settings: { log_statement: 'all', log_min_messages: 'log', log_line_prefix: '%p ' } }),
        startRawUpstream(),
      ]);
      observer = new Redis(redis.url);
      monitor = await observer.monitor();
      monitor.on('monitor', (_time: string, args: readonly string[]) => monitored.push(args.join(' ')));
      product = await startProduct({
        redisUrl: redis.url,
        databaseUrl: postgres.url,
        gateways: 1,
        upstreamUrl: upstream.url,
        failedAuthenticationsPerMinute: 1_000,
        logLevel: 'trace',
      });
      client = createApiClient(product.gateways[0]?.address('api') ?? '', product.owner.organizationId);
      await useEverything();
      statements = parseStatementLog(postgres.log());
      artefacts = new Map([
        ...(await artefactsOfProcesses(product)),
        ...(await artefactsOfStores({ redisUrl: redis.url, databaseUrl: postgres.url })),
        ['what Redis was asked', monitored.join('\n')],
        ['what the upstream received', upstream.seen.map(({ head, body }) => `${head}\n${body}`).join('\n')],
        ['answers', answers.join('\n')],
        ['statements', statements.statements.map(({ text }) => text).join('\n')],
        ['the rest of the database’s log', statements.rest],
      ]);
    }, 180_000);
    afterAll(async () => {
      for (const connection of [monitor, observer]) connection.disconnect();
      await product.stop();
      await Promise.all([upstream.stop(), redis.stop(), postgres.stop()]);
    });

    /** Sends bytes on a new connection; every byte of the answer is searched. */
    const send = async (line: string, fields: readonly string[] = [], body = '') => {
      const head = [`${line} HTTP/1.1`, 'Host: a', 'Connection: close', ...fields];
      const { bytes } = await sendBytes({
        port: Number(new URL(product.gateways[0]?.address('api') ?? '').port),
        pieces: [`${head.join('\r\n')}\r\n\r\n${body}`],
        patienceMs: 10_000,
        deadlineMs: 20_000,
      });
      answers.push(bytes);
      return Number(bytes.slice(9, 12));
    };
    const bearer = (key: string) => `Authorization: Bearer ${key}`;
    const json = (body: string) => ['Content-Type: application/json', `Content-Length: ${body.length}`];

    /** Uses of valid and invalid keys, at every place of a request, in health and with every kind of fault. */
    async function useEverything(): Promise<void> {
      const { owner, keys: keyService } = product;
      const session = await client.logIn(owner.email, owner.password);
      const create = async (scopes?: readonly string[]) => {
        const made = await client.createKey(session, scopes);
        created.push(made.key);
        return made;
      };
      const [live, narrow, revoked] = [await create(), await create(['goals:read']), await create()];
      const named = JSON.stringify({ name: statementName, scopes: ['sites:read'] });
      const answer = await client.request('POST', `${organization}/api-keys`, {
        bearer: session,
        body: JSON.parse(named),
      });
      created.push(JSON.parse(answer.text).key);

      for (const { key } of [live, narrow, revoked]) await send(`GET ${sites}`, [bearer(key)]);
      expect((await client.revokeKey(session, revoked.id)).status).toBe(204);
      for (const key of canaries()) {
        await send(`GET ${sites}`, [bearer(key)]);
        await send(`GET ${sites}?api_key=${key}&access_token=${key}`);
        await send(`GET ${sites}/${key}`);
        await send(`GET /${key}//`);
        await send(`GET ${sites}`, [`X-API-Key: ${key}`, `Cookie: key=${key}`, `Referer: https://a.test/?${key}`]);
        await send(`GET ${sites}`, [`Authorization: Basic ${Buffer.from(`user:${key}`).toString('base64')}`]);
        await send(`GET ${sites}`, [bearer(`${key}x`), `X-Request-Id: ${key} blank`]);
        await send(`GET ${sites}`, [bearer(key), bearer(key)]);
        await send(`GET ${sites}`, [`X_${key}: ${key}`]);
        await send(`GET ${organization}/api-keys`, [bearer(key)]);
        await send(`DELETE ${organization}/api-keys/${key}`, [bearer(session)]);
        await send(`GET ${organization}/api-keys?cursor=${key}&limit=${key}`, [bearer(session)]);
        await send(`PUT ${sites}`, [bearer(key), 'Content-Length: 0']);
        await send(`${key} / `, []);
        const logIn = JSON.stringify({ email: owner.email, password: key });
        await send('POST /api/v1/auth/login', json(logIn), logIn);
        const broken = `{"name":"${key}","scopes":["${key}"],"${key}":`;
        await send(`POST ${organization}/api-keys`, [bearer(session), ...json(broken)], broken);
        const refused = JSON.stringify({ name: key, scopes: [key], [key]: key });
        await send(`POST ${organization}/api-keys`, [bearer(session), ...json(refused)], refused);
      }
      for (const path of ['', `/${live.id}`]) await send(`GET ${organization}/api-keys${path}`, [bearer(session)]);
      expect((await client.setPlan(session, 'maker')).status).toBe(200);
      expect(await send(`GET ${sites}`, [bearer(live.key)])).toBe(402);
      expect((await client.setPlan(session, 'startup')).status).toBe(200);

      upstream.respondWith((_request, socket) => {
        socket.resetAndDestroy();
        return undefined;
      });
      expect(await send(`GET ${sites}`, [bearer(live.key)])).toBe(502);
      upstream.respondWith(() => 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      keyService.running.signal('SIGSTOP');
      expect(await send(`GET ${sites}`, [bearer(`et_live_${'5'.repeat(32)}`)])).toBe(503);
      keyService.running.signal('SIGCONT');
      await redis.freeze();
      await send(`GET ${sites}`, [bearer(live.key)]);
      await redis.thaw();
      await postgres.kill();
      await send(`GET ${sites}`, [bearer(unknownKey)]);
      await client.request('POST', `${organization}/api-keys`, { bearer: session, body: JSON.parse(named) });
      await postgres.restart();
      await waitFor(async () => (await send(`GET ${sites}`, [bearer(live.key)])) === 200, {
        deadlineMs,
        what: 'everything to be well again',
      });
    }

    it('has output of every kind to search', () => {
      expect(created).toHaveLength(4);
      expect([...artefacts].filter(([, text]) => text.length < 300).map(([place]) => place)).toEqual([]);
      for (const [place, trace] of [
        ['process output', '"reason":"malformed_key"'],
        ['process output', '"reason":"unknown_key"'],
        ['metrics', 'gateway_requests_total'],
        ['environments', 'INTERNAL_TOKEN'],
        ['Redis', 'revoked:'],
        ['Postgres', 'canary'],
        ['what Redis was asked', 'evalsha'],
        ['what the upstream received', 'X-Api-Key-Id'],
        ['answers', '{"error":"Invalid or expired API key"}'],
        ['statements', 'insert into "api_keys"'],
      ] as const)
        expect(artefacts.get(place)?.toLowerCase()).toContain(trace.toLowerCase());
    });

    it('G01 leaves a key nowhere but in the answer that created it', () => {
      expect(sweepForKeys(canaries(), artefacts, ['key'])).toEqual([]);
      const parameters = statements.statements.map(({ parameters: text = '' }) => text).join('\n');
      expect(sweepForKeys(canaries(), new Map([['parameters', parameters]]), ['key'])).toEqual([]);
    });

    it('G02 leaves a hash nowhere but in its column and in its look-ups', async () => {
      expect(sweepForKeys(canaries(), artefacts, ['hash'])).toEqual([]);
      const hashes = canaries()
        .flatMap(formsOfKey)
        .filter(({ kind }) => kind === 'hash');
      const withHash = statements.statements.filter(
        ({ parameters = '' }) => leaksIn('', parameters, hashes).length > 0,
      );
      const others = withHash.filter(
        ({ text }) => !/^insert into "api_keys" /.test(text) && !/ where "api_keys"\."key_hash" = \$1 /.test(text),
      );
      expect(others).toEqual([]);
      expect(withHash.length).toBeGreaterThan(created.length);
      const column = await readHashColumn(postgres.url);
      expect(created.filter((key) => formsOfKey(key).some(({ text }) => column.has(text)))).toEqual(created);
    });

    it('G03 gives the upstream no credential', () => {
      expect(upstream.seen.length).toBeGreaterThan(2);
      for (const request of upstream.seen) {
        expect(seenField(request, 'authorization')).toEqual([]);
        expect(request.head).not.toMatch(/et_live_|et_session_|cookie/i);
      }
    });

    it('G08 shows no caller a stack, a statement or an internal name', () => {
      for (const answer of answers)
        expect(answer).not.toMatch(
          /node_modules|\.ts:|\.js:| {4}at |select |insert |kysely|postgres|redis|127\.0\.0\.1/i,
        );
    });

    it('K19 hands texts to the database as parameters, and never as a part of a statement', () => {
      const named = statements.statements.filter(({ parameters = '' }) => parameters.includes('DROP TABLE'));
      expect(named.length).toBeGreaterThan(0);
      expect(statements.statements.filter(({ text }) => text.includes('canary'))).toEqual([]);
    });
  });
});

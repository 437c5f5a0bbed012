import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  type AdmissionStore,
  createMemoryAnnouncementBus,
  createMemoryStores,
  newGeneration,
  type RevocationStore,
} from '@engagetrack/admission-store';
import { type ApiKey, generateApiKey, hashApiKey } from '@engagetrack/api-key';
import {
  scopes as allScopes,
  apiKeyIdSchema,
  type Introspection,
  organizationIdSchema,
  type Plan,
  type QuotaSpending,
  type QuotaSpendingRequest,
  quotaSpendingRequestSchema,
  type Scope,
  type UsageReport,
  usageReportSchema,
} from '@engagetrack/contracts';
import { createLogger, createTrustedProxies, listen } from '@engagetrack/service-chassis';
import { listenOnLoopback } from '@engagetrack/test-ground';
import { Registry } from 'prom-client';
import supertest from 'supertest';
import {
  createGateway,
  createIntrospectionClient,
  createKeyServiceClient,
  createQuotaSpendingClient,
  createUsageClient,
  readRouteTableFile,
} from '../src/index.ts';
import type { GatewayLimits } from '../src/limits.ts';

/** One request as the upstream saw it. */
export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface IssuedKey {
  readonly key: ApiKey;
  readonly keyId: string;
  readonly organizationId: string;
  readonly authorization: string;
}

export interface KeyOptions {
  readonly organizationId?: string;
  readonly scopes?: readonly Scope[];
  readonly plan?: Plan;
  readonly expiresAtMs?: number;
}

export const organizationA = 'org_a';
export const organizationB = 'org_b';
const internalToken = 'internal-token-of-the-gateway-tests';

interface IntrospectionWatch {
  readonly began: () => void;
  readonly ended: () => void;
}

export type GatewayHarness = Awaited<ReturnType<typeof startGateway>>;

export interface HarnessOptions {
  /** Replaces the memory store. */
  readonly store?: AdmissionStore;
  /** Replaces the authority with one that several gateways share. */
  readonly authorityUrl?: string;
  readonly routesFile?: string;
  readonly limits?: Partial<GatewayLimits>;
  readonly trustedHops?: number;
  readonly trustedProxies?: readonly string[];
  readonly publicHosts?: readonly string[];
  readonly defaultTimeoutMs?: number;
  /** Replaces the recording upstream. */
  readonly upstreamUrl?: string;
  /** Replaces the recording upstream as the key service behind the session routes. */
  readonly keysUrl?: string;
  /** Milliseconds; ten seconds when absent. */
  readonly usageReportIntervalMs?: number;
  /** Whether the clock runs by itself, in addition to the test's steps. */
  readonly clockRuns?: boolean;
}

/** How the memory store answers: `slowly` is still within a Redis's deadline. */
export type StoreMood = 'well' | 'slowly' | 'untrusted' | 'fails';

const slowAnswerMs = 45;

/**
 * A real gateway on real sockets, with an upstream that records what it saw, an authority that speaks the
 * introspection protocol over HTTP, and a clock that the test moves.
 */
export async function startGateway(options: HarnessOptions = {}) {
  let clockMs = Date.UTC(2026, 2, 14, 12, 0, 18, 250);
  const startedAtMs = performance.now();
  const now = (): number => clockMs + (options.clockRuns === true ? Math.floor(performance.now() - startedAtMs) : 0);
  const received: ReceivedRequest[] = [];
  let upstreamListener: RequestListener = echo;
  const upstream = await listenOnLoopback(
    createServer(async (req, res) => {
      const request = await record(req).catch(() => undefined);
      // A request that the gateway gave up half way does not count as received.
      if (request === undefined) return;
      received.push(request);
      upstreamListener(req, res);
    }),
  );

  const active = new Map<string, Introspection>();
  let authorityDown = false;
  let introspections = 0;
  const usageReports: UsageReport[] = [];
  let answerUsageReport = (): number | undefined => 200;
  let beforeIntrospection = (): void => undefined;
  let watch: IntrospectionWatch = { began: () => undefined, ended: () => undefined };
  let authorityGate: Promise<void> = Promise.resolve();
  const authority = await listenOnLoopback(
    createServer(async (req, res) => {
      const { body, url } = await record(req);
      if (url === '/internal/spend') return void (await spendForGateway(body, res));
      if (url === '/internal/usage') {
        if (req.headers.authorization !== `Bearer ${internalToken}`) return res.writeHead(401).end();
        usageReports.push(usageReportSchema.parse(JSON.parse(body)));
        const status = answerUsageReport();
        if (status === undefined) return;
        if (status === 0) req.socket.destroy();
        else res.writeHead(status).end('{"stored":true}');
        return;
      }
      introspections += 1;
      watch.began();
      res.once('close', () => watch.ended());
      beforeIntrospection();
      await authorityGate;
      if (req.headers.authorization !== `Bearer ${internalToken}`) return res.writeHead(401).end();
      if (authorityDown) return res.writeHead(503).end();
      res.setHeader('content-type', 'application/json');
      const { key_hash: hash } = JSON.parse(body);
      return res.end(JSON.stringify(active.get(hash) ?? { active: false }));
    }),
  );

  const stores = createMemoryStores(now);
  let keyServiceReachesStore = false;
  const detours: QuotaSpendingRequest[] = [];
  const spendForGateway = async (body: string, res: ServerResponse): Promise<void> => {
    const options = quotaSpendingRequestSchema.parse(JSON.parse(body));
    detours.push(options);
    if (!keyServiceReachesStore) return void res.writeHead(503).end();
    const admission = await stores.admission.spend({
      keyId: options.key_id,
      organizationId: options.organization_id,
      epoch: options.epoch,
      expiresAtMs: options.expires_at_ms ?? undefined,
      policy: { ...options.policy, windowSeconds: options.policy.window_seconds },
      units: options.units,
      carried: options.carried
        ? {
            windowEndMs: options.carried.window_end_ms,
            seen: options.carried.seen,
            unreported: options.carried.unreported,
          }
        : undefined,
    });
    const answer: QuotaSpending =
      admission.verdict === 'spent'
        ? { ...admission, window_end_ms: admission.windowEndMs, now_ms: admission.nowMs }
        : admission;
    res.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  };
  await vouch(stores.revocations, now);
  let mood: StoreMood = 'well';
  const inItsMood = async <Answer>(answer: () => Promise<Answer>): Promise<Answer | { verdict: 'untrusted' }> => {
    if (mood === 'fails') throw new Error('connection lost');
    if (mood === 'slowly') await delay(slowAnswerMs);
    return mood === 'untrusted' ? { verdict: mood } : answer();
  };
  const moody: AdmissionStore = {
    ...stores.admission,
    spend: (request) => inItsMood(() => stores.admission.spend(request)),
    pulse: (gatewayId, openKeys) => inItsMood(() => stores.admission.pulse(gatewayId, openKeys)),
  };
  const announcements = createMemoryAnnouncementBus();
  const logLines: string[] = [];
  const registry = new Registry();
  const askKeyService = createKeyServiceClient({ url: options.authorityUrl ?? authority.url, internalToken });
  const gateway = createGateway({
    routeTable: readRouteTableFile(
      options.routesFile ?? fileURLToPath(new URL('../config/routes.yaml', import.meta.url)),
      {
        substitutions: { UPSTREAM_URL: options.upstreamUrl ?? upstream.url, KEYS_URL: options.keysUrl ?? upstream.url },
        defaultTimeoutMs: options.defaultTimeoutMs,
      },
    ),
    store: options.store ?? moody,
    announcements,
    introspect: createIntrospectionClient(askKeyService),
    spendThroughKeyService: createQuotaSpendingClient(askKeyService),
    sendUsageReport: createUsageClient(askKeyService),
    ...(options.usageReportIntervalMs !== undefined && { usageReportIntervalMs: options.usageReportIntervalMs }),
    internalToken,
    trustedProxies: createTrustedProxies(options.trustedHops ?? 0, options.trustedProxies ?? []),
    publicHosts: options.publicHosts ?? [],
    limits: { failedAuthenticationsMax: 1_000_000, ...options.limits },
    log: createLogger({ service: 'gateway', level: 'debug', stream: { write: (line) => logLines.push(line) } }),
    registry,
    now,
    monotonicNow: now,
  });
  const api = await listen(gateway.server, { host: '127.0.0.1', port: 0, variable: 'GATEWAY_PORT' });
  let issued = 0;
  const drain = (deadlineMs: number): Promise<void> => {
    gateway.refuseWithoutWaiting();
    return api.drain(deadlineMs);
  };

  return {
    url: api.url,
    port: api.port,
    server: gateway.server,
    /** For a second gateway beside this one. */
    store: options.store ?? moody,
    authorityUrl: authority.url,
    received,
    logLines,
    registry,
    /** The key service's side of the store. */
    raiseEpoch: (organizationId: string, epoch: number) =>
      stores.revocations.mark([
        { kind: 'organization_changed', organizationId: organizationIdSchema.parse(organizationId), epoch },
      ]),
    markRevoked: (keyId: string) =>
      stores.revocations.mark([{ kind: 'key_revoked', keyId: apiKeyIdSchema.parse(keyId) }]),
    announcements,
    setStoreMood: (next: StoreMood) => {
      mood = next;
    },
    api: () => supertest(api.url),
    /** Stops as the service does: no new connections, every request in progress answered. */
    drain,
    introspections: () => introspections,
    /** Called when the authority receives a question, and when it has answered. */
    onIntrospection: (next: IntrospectionWatch) => {
      watch = next;
    },
    /** The spends that the key service was asked for. */
    detours,
    /** Whether the key service reaches the store, also when the gateway does not. */
    setKeyServiceReachesStore: (reaches: boolean) => {
      keyServiceReachesStore = reaches;
    },
    /** The gateway's usage reports, every attempt included. */
    usageReports,
    /** The key service's status for a usage report; 0 for a broken connection, undefined for silence. */
    answerUsageReportsWith: (answer: () => number | undefined) => {
      answerUsageReport = answer;
    },
    /** Stops as the service does, once it has been drained; `stop` may follow. */
    close: () => gateway.close(),
    /** Runs after the authority has received a question and before it answers. */
    beforeIntrospection: (act: () => void) => {
      beforeIntrospection = act;
    },
    answerUpstreamWith: (listener: RequestListener) => {
      upstreamListener = listener;
    },
    closeUpstream: () => upstream.close(),
    /** Holds the authority's answers back until then. */
    holdAuthorityUntil: (gate: Promise<void>) => {
      authorityGate = gate;
    },
    setAuthorityDown: (down: boolean) => {
      authorityDown = down;
    },
    advanceClock: (ms: number) => {
      clockMs += ms;
    },
    now,
    issueKey: ({
      organizationId = organizationA,
      scopes = allScopes,
      plan = 'startup',
      expiresAtMs,
    }: KeyOptions = {}): IssuedKey => {
      const key = generateApiKey();
      issued += 1;
      const keyId = `key_test${issued}`;
      active.set(hashApiKey(key), {
        active: true,
        key: {
          id: apiKeyIdSchema.parse(keyId),
          organization_id: organizationIdSchema.parse(organizationId),
          scopes: [...scopes],
          expires_at: expiresAtMs === undefined ? null : new Date(expiresAtMs).toISOString(),
        },
        organization: { plan, epoch: 1 },
        as_of: new Date(now()).toISOString(),
      });
      return { key, keyId, organizationId, authorization: `Bearer ${key.reveal()}` };
    },
    /** The authority's side of a plan change; the test tells the store. */
    changePlan: (key: ApiKey, plan: Plan, epoch: number) => {
      const known = active.get(hashApiKey(key));
      if (known?.active) active.set(hashApiKey(key), { ...known, organization: { plan, epoch } });
    },
    revokeAtAuthority: (key: ApiKey) => active.delete(hashApiKey(key)),
    stop: async () => {
      await drain(0);
      await gateway.close();
      await upstream.close();
      await authority.close();
    },
  };
}

/** Makes the store vouch for its markers, as a renewer would, for as long as a test may move its clock. */
async function vouch(revocations: RevocationStore, now: () => number): Promise<void> {
  const cycle = await revocations.openCycle();
  const generation = newGeneration();
  await cycle.beginReload(generation);
  await cycle.setWitness(generation, now() + 365 * 24 * 60 * 60 * 1000);
}

const echo: RequestListener = (_req, res) => {
  res.setHeader('content-type', 'application/json');
  res.end('{"data":[]}');
};

async function record(req: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk);
  return {
    method: req.method ?? '',
    url: req.url ?? '',
    rawHeaders: req.rawHeaders,
    headers: req.headers,
    body: Buffer.concat(chunks).toString('latin1'),
  };
}

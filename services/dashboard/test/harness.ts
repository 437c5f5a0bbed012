import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { LoginBody } from '@engagetrack/contracts';
import { createLogger, createTrustedProxies } from '@engagetrack/service-chassis';
import { listenOnLoopback } from '@engagetrack/test-ground';
import { Registry } from 'prom-client';
import supertest from 'supertest';
import type { Assets } from '../src/server/assets-folder.ts';
import { createDashboard } from '../src/server/index.ts';

export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export type DashboardHarness = Awaited<ReturnType<typeof startDashboard>>;

export interface HarnessOptions {
  readonly publicUrl?: string;
  readonly internalToken?: string;
  readonly trustedHops?: number;
  readonly trustedProxies?: readonly string[];
}

export const internalToken = 'internal-token-of-the-dashboard-tests';
export const liveKey = `et_live_${'0123456789abcdef'.repeat(2)}`;
export const credentials = { email: 'ada@example.com', password: 'correct horse battery staple' };

export const script = 'export {};';

const assets: Assets = {
  page: '<!doctype html><html><head><meta name="engagetrack-gateway" content="__GATEWAY_URL__"></head></html>',
  files: new Map([
    [
      '/assets/index-4f2a91c0.js',
      {
        contentType: 'text/javascript; charset=utf-8',
        identity: Buffer.from(script),
        gzip: gzipSync(script),
        br: brotliCompressSync(script),
      },
    ],
  ]),
};

/** A real dashboard on real sockets, in front of a key service and a gateway that record their requests. */
export async function startDashboard({
  publicUrl,
  trustedHops = 0,
  trustedProxies = [],
  ...options
}: HarnessOptions = {}) {
  const sessions = new Set<string>();
  const keyService = await open((req, res, body) => answerAsKeyService({ req, res, body, sessions }));
  const gateway = await open((req, res) => {
    const known = req.headers.authorization === `Bearer ${liveKey}`;
    const limits = { 'x-ratelimit-limit': '600', 'x-ratelimit-remaining': '599', 'x-ratelimit-reset': '1773489660' };
    if (known) send(res, 200, { data: [] }, limits);
    else send(res, 401, { error: 'Invalid or expired API key' });
  });
  const logLines: string[] = [];
  const registry = new Registry();
  const dashboard = createDashboard({
    keysUrl: keyService.url,
    gatewayUrl: gateway.url,
    publicUrl,
    assets,
    ...options,
    trustedProxies: createTrustedProxies(trustedHops, trustedProxies),
    log: createLogger({ service: 'dashboard', level: 'trace', stream: { write: (line) => logLines.push(line) } }),
    registry,
    monotonicNow: () => performance.now(),
  });
  const site = await listenOnLoopback(dashboard.server);
  const origin = publicUrl ?? site.url;
  const change = (method: 'post' | 'put' | 'delete', path: string) =>
    supertest(site.url)[method](path).set('Origin', origin);

  return {
    url: site.url,
    gatewayUrl: gateway.url,
    sessions,
    logLines,
    registry,
    readiness: dashboard.readiness,
    seenByKeyService: keyService.received,
    seenByGateway: gateway.received,
    stopKeyService: keyService.close,
    stopGateway: gateway.close,
    get: (path: string) => supertest(site.url).get(path),
    /** A change as one of the dashboard's own pages sends it. */
    change,
    logIn: () => change('post', '/api/v1/auth/login').send(credentials),
    stop: async () => {
      await site.close();
      dashboard.close();
      await Promise.all([keyService.close(), gateway.close()]);
    },
  };
}

/** `name=value` of the session cookie that an answer sets. */
export function cookieOf(answer: { readonly headers: Record<string, unknown> }): string {
  const [line] = setCookieLines(answer);
  return line?.split(';')[0] ?? '';
}

export function setCookieLines({ headers }: { readonly headers: Record<string, unknown> }): readonly string[] {
  const lines = headers['set-cookie'];
  return Array.isArray(lines) ? lines.map(String) : [];
}

interface KeyServiceExchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly body: string;
  readonly sessions: Set<string>;
}

/** Answers log-in, log-out and session as the contract says; with a session it echoes any other request. */
function answerAsKeyService({ req, res, body, sessions }: KeyServiceExchange): void {
  const token = (req.headers.authorization ?? '').replace(/^Bearer /, '');
  if (req.url === '/api/v1/auth/login') {
    if (JSON.parse(body).password !== credentials.password) {
      send(res, 401, { error: 'Invalid email or password' }, { 'x-error-code': 'invalid_login' });
      return;
    }
    const issued = `et_session_${String(sessions.size).padStart(43, 'A')}`;
    sessions.add(issued);
    send(res, 200, loginBody(issued));
    return;
  }
  if (!sessions.has(token)) {
    send(res, 401, { error: 'Invalid or expired session' }, { 'x-error-code': 'invalid_session' });
    return;
  }
  if (req.url === '/api/v1/auth/logout') {
    sessions.delete(token);
    res.writeHead(204).end();
    return;
  }
  if (req.url === '/api/v1/organizations/org_elsewhere') {
    send(res, 404, { error: 'Not found' });
    return;
  }
  send(res, 200, { echoed: body }, { 'set-cookie': 'upstream=1', server: 'key-service', 'cache-control': 'public' });
}

function loginBody(token: string): Record<string, unknown> & Pick<LoginBody, 'token'> {
  return {
    token,
    token_type: 'Bearer',
    expires_at: '2030-01-01T00:00:00.000Z',
    user: { id: 'usr_ada', email: credentials.email, name: 'Ada' },
    organizations: [{ id: 'org_a', name: 'Organization A', plan: 'startup', role: 'owner' }],
  };
}

function send(res: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  res.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers }).end(JSON.stringify(body));
}

type Answerer = (req: IncomingMessage, res: ServerResponse, body: string) => void;

async function open(answer: Answerer) {
  const received: ReceivedRequest[] = [];
  const listener: RequestListener = async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    received.push({ method: req.method ?? '', url: req.url ?? '', headers: req.headers, body });
    answer(req, res, body);
  };
  return { received, ...(await listenOnLoopback(createServer(listener))) };
}

import { setTimeout as delay } from 'node:timers/promises';
import { createdApiKeySchema, loginSchema } from '@engagetrack/contracts';

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

export interface CreatedKey {
  readonly id: string;
  readonly key: string;
}

/** A client of the API over one gateway's public address. */
export interface ApiClient {
  logIn(email: string, password: string): Promise<string>;
  /** Again after a 503: a key that was created without an answer stays unused. */
  createKey(session: string, scopes?: readonly string[]): Promise<CreatedKey>;
  revokeKey(session: string, keyId: string): Promise<Answer>;
  setPlan(session: string, plan: string): Promise<Answer>;
  /** GET with an API key. */
  get(path: string, key: string): Promise<Answer>;
  /** GET, again after a 503: on a busy machine it says that no decision came in time, and is neither yes nor no. */
  getDecided(path: string, key: string): Promise<Answer>;
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
}

export interface RequestOptions {
  readonly bearer?: string;
  readonly body?: unknown;
}

/** Milliseconds. A later answer fails the test. */
const answerDeadlineMs = 20_000;
/**
 * Milliseconds until a request that got 503 is sent again, and for all attempts together. After that the test fails.
 */
const undecidedEveryMs = 250;
const undecidedMs = 30_000;

export function createApiClient(gatewayUrl: string, organizationId: string): ApiClient {
  const organization = `/api/v1/organizations/${organizationId}`;

  const request = async (method: string, path: string, { bearer, body }: RequestOptions = {}): Promise<Answer> => {
    const response = await fetch(gatewayUrl + path, {
      method,
      headers: {
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(answerDeadlineMs),
    });
    return { status: response.status, text: await response.text(), headers: response.headers };
  };

  return {
    request,
    get: (path, key) => request('GET', path, { bearer: key }),
    getDecided: (path, key) => decided(() => request('GET', path, { bearer: key })),
    logIn: async (email, password) => {
      // A log-in that was not decided in time has made no session that anyone knows.
      const answer = await decided(() => request('POST', '/api/v1/auth/login', { body: { email, password } }));
      if (answer.status !== 200) throw new Error(`The log-in was answered ${answer.status}: ${answer.text}`);
      return loginSchema.parse(JSON.parse(answer.text)).token;
    },
    createKey: async (session, scopes = ['sites:read', 'analytics:read']) => {
      const body = { name: 'System test', scopes };
      const answer = await decided(() => request('POST', `${organization}/api-keys`, { bearer: session, body }));
      const { id, key } = createdApiKeySchema.parse(JSON.parse(answer.text));
      return { id, key };
    },
    revokeKey: (session, keyId) => request('DELETE', `${organization}/api-keys/${keyId}`, { bearer: session }),
    setPlan: (session, plan) => request('PUT', `${organization}/plan`, { bearer: session, body: { plan } }),
  };
}

async function decided(ask: () => Promise<Answer>): Promise<Answer> {
  const giveUpAtMs = performance.now() + undecidedMs;
  for (;;) {
    const answer = await ask();
    if (answer.status !== 503 || performance.now() > giveUpAtMs) return answer;
    await delay(undecidedEveryMs);
  }
}

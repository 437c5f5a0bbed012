import { Problem, type ProblemCode } from '@engagetrack/contracts';
import {
  fieldOf,
  type RawAnswer,
  type RawOptions,
  type RawOutcome,
  type RawUpstream,
  type SeenRequest,
  seenField,
  sendBytes,
  startRawUpstream,
} from '@engagetrack/hostile-input';
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { type GatewayHarness, type HarnessOptions, type IssuedKey, organizationA, startGateway } from '../harness.ts';

/**
 * Judges a case from three sides: the bytes that the client got, the bytes that the upstream saw, and whether the
 * gateway still answers the next request.
 */
export interface ThreeSides {
  readonly gateway: GatewayHarness;
  readonly upstream: RawUpstream;
  /** A key of organization A with every scope. */
  readonly key: IssuedKey;
  /** Sends bytes on a connection of their own. */
  send(bytes: string | readonly string[], options?: Partial<RawOptions>): Promise<RawOutcome>;
  /** Builds a request head, by default GET of the sites, with Host, the key and `Connection: close`. */
  head(options?: HeadOptions): string;
  /** Fails unless a plain request on a new connection is answered. */
  expectAlive(): Promise<void>;
  stop(): Promise<void>;
}

export interface HeadOptions {
  readonly method?: string;
  readonly target?: string;
  readonly version?: string;
  /** The whole value, as for every field below; `null` for none. */
  readonly host?: string | null;
  readonly authorization?: string | null;
  readonly connection?: string | null;
  readonly lines?: readonly string[];
}

export const sites = `/api/v1/organizations/${organizationA}/sites`;
export const site = `${sites}/site_1`;
/** A route that accepts a body. */
export const annotations = `${site}/annotations`;

export async function startThreeSides(options: HarnessOptions = {}): Promise<ThreeSides> {
  const upstream = await startRawUpstream();
  const gateway = await startGateway({ ...options, upstreamUrl: upstream.url });
  const key = gateway.issueKey();

  const head = ({
    method = 'GET',
    target = sites,
    version = 'HTTP/1.1',
    host = 'api.test',
    authorization = key.authorization,
    connection = 'close',
    lines = [],
  }: HeadOptions = {}): string => {
    const fields = [
      ...(host === null ? [] : [`Host: ${host}`]),
      ...(authorization === null ? [] : [`Authorization: ${authorization}`]),
      ...(connection === null ? [] : [`Connection: ${connection}`]),
      ...lines,
    ];
    return `${[`${method} ${target} ${version}`, ...fields].join('\r\n')}\r\n\r\n`;
  };
  const send = (bytes: string | readonly string[], more: Partial<RawOptions> = {}): Promise<RawOutcome> =>
    sendBytes({ port: gateway.port, pieces: typeof bytes === 'string' ? [bytes] : bytes, ...more });

  return {
    gateway,
    upstream,
    key,
    send,
    head,
    expectAlive: async () => {
      const other = gateway.issueKey({ scopes: ['sites:read'] });
      const outcome = await send(head({ authorization: other.authorization }));
      expect(outcome.answers.map(({ status }) => status)).toEqual([200]);
      expect(outcome.end).toBe('closed');
    },
    stop: async () => {
      await gateway.stop();
      await upstream.stop();
    },
  };
}

/**
 * Starts the same three sides before the first test of the calling suite and stops them after the last. After each test
 * it checks that they are alive, and forgets what the upstream has seen.
 */
export function useThreeSides(options: HarnessOptions = {}): ThreeSides {
  let started: ThreeSides | undefined;
  const sides = (): ThreeSides => {
    if (started === undefined) throw new Error('The three sides are there in tests and hooks only');
    return started;
  };
  beforeAll(async () => {
    started = await startThreeSides(options);
  });
  afterAll(() => started?.stop());
  afterEach(async () => {
    await sides().expectAlive();
    sides().upstream.seen.length = 0;
  });
  return {
    get gateway() {
      return sides().gateway;
    },
    get upstream() {
      return sides().upstream;
    },
    get key() {
      return sides().key;
    },
    send: (bytes, options) => sides().send(bytes, options),
    head: (options) => sides().head(options),
    expectAlive: () => sides().expectAlive(),
    stop: () => sides().stop(),
  };
}

/** Expects one answer, the gateway's own, with the documented bytes and nothing from the request. */
export function expectRefused(outcome: RawOutcome, code: ProblemCode, method = 'GET'): RawAnswer {
  const [answer, ...more] = outcome.answers;
  if (answer === undefined) throw new Error(`There is no answer in ${JSON.stringify(outcome)}`);
  expect([more, outcome.rest]).toEqual([[], '']);
  expectProblem(answer, code, method);
  expect(outcome.end).not.toBe('hung');
  if ([400, 414, 431].includes(answer.status)) expect(fieldOf(answer, 'connection')).toBe('close');
  return answer;
}

export function expectProblem(answer: RawAnswer, code: ProblemCode, method = 'GET'): void {
  const { status, message } = new Problem(code);
  expect([answer.status, fieldOf(answer, 'x-error-code')]).toEqual([status, code]);
  if (code !== 'missing_scope' && code !== 'rate_limited') {
    const body = JSON.stringify({ error: message });
    expect(fieldOf(answer, 'content-length')).toBe(String(body.length));
    // An answer to HEAD has the length of a body but no body.
    expect(answer.body).toBe(method === 'HEAD' ? '' : body);
  }
  expect(fieldOf(answer, 'content-type')).toBe('application/json; charset=utf-8');
  expect(fieldOf(answer, 'cache-control')).toBe('no-store');
  expect(fieldOf(answer, 'x-request-id')).toMatch(/^[A-Za-z0-9._:-]{8,128}$/);
}

/** Expects exactly one answer, which is the upstream's. */
export function expectForwarded(outcome: RawOutcome): RawAnswer {
  expect(outcome.answers.map(({ status }) => status)).toEqual([200]);
  const [answer] = outcome.answers;
  if (answer === undefined) throw new Error('There is no answer');
  expect(fieldOf(answer, 'server-timing')).toBe('upstream');
  return answer;
}

const forwardedNames: ReadonlySet<string> = new Set([
  ...['accept', 'accept-charset', 'accept-encoding', 'accept-language', 'cache-control', 'connection', 'host'],
  ...['content-encoding', 'content-length', 'content-type', 'transfer-encoding', 'range', 'user-agent'],
  ...['accept-datetime', 'content-digest', 'content-disposition', 'content-language', 'content-location'],
  ...['content-range', 'last-event-id'],
  ...['idempotency-key', 'if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since'],
  ...['traceparent', 'tracestate', 'x-request-id', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host'],
  ...['x-org-id', 'x-api-key-id', 'x-auth-scopes', 'x-auth-type'],
]);

/** Expects the properties of every request that an upstream may see. */
export function expectClean(request: SeenRequest, { organizationId, keyId }: IssuedKey): void {
  expect(request.complete).toBe(true);
  const names = request.fields.map(([name]) => name.toLowerCase());
  expect(names.filter((name) => !forwardedNames.has(name))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
  expect(seenField(request, 'x-org-id')).toEqual([organizationId]);
  expect(seenField(request, 'x-api-key-id')).toEqual([keyId]);
  expect(seenField(request, 'x-auth-type')).toEqual(['api_key']);
  expect(request.head).not.toContain('et_live_');
  expect(request.target).toMatch(/^(?:\/[A-Za-z0-9_-]{1,128})+(?:\?[!-~]*)?$/);
}

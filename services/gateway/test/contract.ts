import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Respond } from '@engagetrack/hostile-input';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { organizationA } from './harness.ts';
import { type HeadOptions, startThreeSides, type ThreeSides } from './hostile/three-sides.ts';

/** Both ways to an upstream; every promise of the contract holds on each. */
export const transports = ['undici', 'http-proxy-middleware'] as const;
export type TransportName = (typeof transports)[number];

/** Milliseconds that an upstream may be silent. */
export const timeoutMs = 400;
/** Milliseconds for what must happen at all. */
export const deadlineMs = 10_000;

export const organization = `/api/v1/organizations/${organizationA}`;
/** Takes every method. */
export const anything = `${organization}/things/one`;
/** Its upstream may be silent for longer than any test waits. */
export const patient = `${organization}/patient`;
/** Its row says `stream: true`. */
export const stream = `${organization}/stream`;

/** The route table of the contract, its upstream reached this way. */
export function routesFor(via: TransportName): string {
  const way = via === 'undici' ? '' : `, via: ${via}`;
  return `
version: 1
defaults: { timeout: ${timeoutMs}ms, max_body: 1MiB, rate_limit: standard }
upstreams:
  analytics: { url: "\${UPSTREAM_URL}"${way} }
rate_limits:
  standard: { limit: 1000000, window: 60s }
routes:
  - id: sites.list
    match: { methods: [GET], path: "/api/v1/organizations/{orgId}/sites" }
    scope: sites:read
    tenant: "{orgId}"
    upstream: analytics
  - id: things
    match: { methods: [GET, POST, PUT, PATCH, DELETE], path: "/api/v1/organizations/{orgId}/things/{thing}" }
    scope: goals:write
    tenant: "{orgId}"
    upstream: analytics
  - id: patient
    match: { methods: [GET], path: "/api/v1/organizations/{orgId}/patient" }
    scope: sites:read
    tenant: "{orgId}"
    timeout: 1m
    upstream: analytics
  - id: stream
    match: { methods: [GET], path: "/api/v1/organizations/{orgId}/stream" }
    scope: sites:read
    tenant: "{orgId}"
    stream: true
    response_headers: [x-total]
    upstream: analytics
`;
}

export interface Contract {
  /** Only in tests and hooks. */
  sides(): ThreeSides;
  /** Sends bytes, and waits until the gateway has closed the connection. */
  send: ThreeSides['send'];
  /** For a gateway of a test's own. */
  routesFile(): string;
  /** Sends one request to `anything`, whose upstream answers so, and gives the client's side. */
  ask(answer: string | Respond, options?: HeadOptions, body?: string): ReturnType<ThreeSides['send']>;
}

/** Runs the same tests over both transports, each with a gateway and an upstream of its own. */
export function describeContract(what: string, tests: (contract: Contract, via: TransportName) => void): void {
  describe.each(transports)(`${what}, over %s`, (via) => {
    let started: ThreeSides | undefined;
    let folder = '';
    const sides = (): ThreeSides => {
      if (started === undefined) throw new Error('The three sides are there in tests and hooks only');
      return started;
    };
    // It is the gateway that ends a connection, however long that takes on a busy machine.
    const send: ThreeSides['send'] = (bytes, options) =>
      sides().send(bytes, { quietMs: deadlineMs, patienceMs: deadlineMs, deadlineMs, ...options });
    const routesFile = () => join(folder, 'routes.yaml');
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'contract-'));
      writeFileSync(routesFile(), routesFor(via));
      started = await startThreeSides({ routesFile: routesFile() });
    });
    afterAll(async () => {
      await started?.stop();
      rmSync(folder, { recursive: true });
    });
    tests(
      {
        sides,
        routesFile,
        send,
        ask: (answer, options = {}, body = '') => {
          sides().upstream.respondWith(typeof answer === 'string' ? () => answer : answer);
          const method = options.method ?? 'GET';
          return send(sides().head({ target: anything, ...options }) + body, { methods: [method] });
        },
      },
      via,
    );
  });
}

/** Writes the bytes, and then ends or resets the connection. */
export function thenEnd(bytes: string, how: 'FIN' | 'RST'): Respond {
  return (_request, socket) => {
    socket.write(bytes, 'latin1', () => {
      if (how === 'FIN') socket.end();
      else socket.resetAndDestroy();
    });
    return undefined;
  };
}

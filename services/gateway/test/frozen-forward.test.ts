import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { routesFor, transports } from './contract.ts';
import { type GatewayHarness, organizationA, startGateway } from './harness.ts';

const sites = `/api/v1/organizations/${organizationA}/sites`;
const anything = `/api/v1/organizations/${organizationA}/things/one`;
/** A decision is carried out at this age, and not a millisecond later. */
const decisionAgeMaxMs = 1_000;
const deadlineMs = 5_000;

/** What the transports and node:net tell of a request on its way out. */
const created = { undici: 'undici:request:create', 'http-proxy-middleware': 'http.client.request.created' } as const;

/** A freeze is a clock that jumps between two steps: nothing else of a process tells it from none. */
describe.each(transports)('a gateway that was frozen, over %s,', (via) => {
  let folder: string;
  let upstream: Server;
  let gateway: GatewayHarness;
  let authorization: string;
  let heads: string[];
  /** Answers the nth request of a connection. */
  let answer: (socket: Socket, nth: number) => void;
  let stopListening: () => void;
  beforeEach(async () => {
    heads = [];
    answer = (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    upstream = createServer((socket) => {
      let nth = 0;
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        heads.push(String(bytes).split('\r\n')[0] ?? '');
        nth += 1;
        answer(socket, nth);
      });
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    const { port } = upstream.address() as AddressInfo;
    // By name: a name is looked up between the choice of a connection and its making, so a moment lies between the two.
    folder = mkdtempSync(join(tmpdir(), 'frozen-'));
    const routesFile = join(folder, 'routes.yaml');
    writeFileSync(routesFile, routesFor(via));
    gateway = await startGateway({ upstreamUrl: `http://localhost:${port}`, routesFile });
    ({ authorization } = gateway.issueKey());
    stopListening = () => undefined;
  });
  afterEach(async () => {
    stopListening();
    await gateway.stop();
    upstream.close();
    rmSync(folder, { recursive: true });
  });

  const get = () => gateway.api().get(sites).set('authorization', authorization);
  const freeze = (ms = decisionAgeMaxMs + 1) => gateway.advanceClock(ms);
  /** Calls `act` when something of a request to the upstream is at this moment. */
  const at = (moment: string, act: (message: unknown) => void) => {
    subscribe(moment, act);
    stopListening = () => unsubscribe(moment, act);
  };
  /** A request to the upstream, and not one to the key service or to the gateway itself. */
  const isToUpstream = (message: unknown): boolean => {
    if (typeof message !== 'object' || message === null || !('request' in message)) return false;
    const { request } = message;
    if (typeof request !== 'object' || request === null) return false;
    if ('origin' in request) return String(request.origin).startsWith('http://localhost:');
    return 'getHeader' in request && typeof request.getHeader === 'function'
      ? String(request.getHeader('host')).startsWith('localhost:')
      : false;
  };
  const atRequest = (act: () => void) =>
    at(created[via], (message) => {
      if (isToUpstream(message)) act();
    });
  const expectRefused = async (sent: ReturnType<typeof get>) => {
    const { status, headers, text } = await sent;
    expect([status, text]).toEqual([503, '{"error":"Service temporarily unavailable"}']);
    expect(headers).toMatchObject({ 'retry-after': '1', 'x-error-code': 'unavailable' });
    expect(gateway.logLines.join('')).toContain('"reason":"decision_too_old"');
  };
  /** The refusal was about this request only. */
  const expectHealed = async () => {
    stopListening();
    const before = heads.length;
    expect((await get()).status).toBe(200);
    expect(heads).toHaveLength(before + 1);
  };

  it('while it chose a connection forwards nothing', async () => {
    atRequest(() => freeze());
    await expectRefused(get());
    expect(heads).toEqual([]);
    await expectHealed();
  });

  it.each<[string, () => ReturnType<typeof get>]>([
    ['a request without a body', get],
    ['a request with one', () => gateway.api().post(anything).set('authorization', authorization).send('{"text":"x"}')],
  ])('while it connected writes nothing of %s', async (_what, send) => {
    let connections = 0;
    at('net.client.socket', (message) => {
      if (typeof message !== 'object' || message === null || !('socket' in message)) return;
      (message.socket as Socket).once('lookup', () => {
        connections += 1;
        freeze();
      });
    });
    await expectRefused(send());
    expect([connections, heads]).toEqual([1, []]);
    await expectHealed();
  });

  it('for no longer than a decision may last goes on', async () => {
    atRequest(() => freeze(decisionAgeMaxMs));
    expect((await get()).status).toBe(200);
    expect(heads).toHaveLength(1);
  });

  // The other transport keeps no connection, and sends nothing twice.
  const itOfKept = (what: string, test: () => Promise<void>): void => {
    if (via === 'undici') it(what, test);
  };

  itOfKept('while it chose a kept connection forwards nothing', async () => {
    let connected = 0;
    at('undici:client:connected', () => {
      connected += 1;
    });
    let isReused = false;
    const freezeAt = (message: unknown) => {
      if (isToUpstream(message) && isReused) freeze();
    };
    subscribe(created.undici, freezeAt);
    // A connection rests behind its answer, so that the first try does not meet one.
    await waitFor(
      async () => {
        const before = connected;
        expect((await get()).status).toBe(200);
        return connected === before;
      },
      { deadlineMs, what: 'a request on a kept connection' },
    );
    isReused = true;
    const before = heads.length;
    await expectRefused(get());
    expect(heads).toHaveLength(before);
    unsubscribe(created.undici, freezeAt);
    await expectHealed();
  });

  itOfKept('before it tried a request once more does not try it', async () => {
    let resets = 0;
    // A kept connection is reset under its next request, which would be sent again.
    answer = (socket, nth) => {
      if (nth === 1) return void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      resets += 1;
      freeze();
      return void socket.resetAndDestroy();
    };
    const refused = await waitFor(
      async () => {
        const before = heads.length;
        const sent = await get();
        expect(heads).toHaveLength(before + 1);
        return sent.status !== 200 && sent;
      },
      { deadlineMs, what: 'a request on a kept connection' },
    );
    expect([refused.status, resets]).toEqual([503, 1]);
    expect(gateway.logLines.join('')).toContain('"reason":"decision_too_old"');
    answer = (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await expectHealed();
  });
});

describe('a gateway that was frozen while it asked', () => {
  it.each([
    ['the store', false],
    ['the authority', true],
  ])('%s acts on no answer that came meanwhile', async (_whom, byAuthority) => {
    let gateway: GatewayHarness | undefined;
    gateway = await startGateway({
      store: {
        spend: async () => {
          if (byAuthority) return { verdict: 'untrusted' };
          gateway?.advanceClock(decisionAgeMaxMs + 1);
          return { verdict: 'spent', count: 1, windowEndMs: Date.UTC(2030, 0, 1), nowMs: Date.UTC(2029, 11, 31) };
        },
        pulse: async () => ({ verdict: 'untrusted' }),
        latestTimeMs: () => Date.UTC(2029, 11, 31),
      },
    });
    try {
      const { authorization } = gateway.issueKey();
      if (byAuthority) {
        let questions = 0;
        gateway.beforeIntrospection(() => {
          questions += 1;
          // The first one is about who this is, the second one about this very request.
          if (questions === 2) gateway?.advanceClock(decisionAgeMaxMs + 1);
        });
      }
      expect((await gateway.api().get(sites).set('authorization', authorization)).status).toBe(503);
      expect(gateway.received).toEqual([]);
    } finally {
      await gateway.stop();
    }
  });
});

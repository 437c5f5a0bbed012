import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { usualLimits } from '../src/limits.ts';
import { type GatewayHarness, type IssuedKey, organizationA, startGateway } from './harness.ts';

const sites = `/api/v1/organizations/${organizationA}/sites`;
const quota = 600;
const deadlineMs = 20_000;

describe('a crowd of requests with one key', () => {
  let gateway: GatewayHarness;
  let sockets: Socket[];
  let statuses: number[];
  let arrived: number;
  let issued: IssuedKey;
  beforeEach(async () => {
    gateway = await startGateway({ limits: { failedAuthenticationsMax: 10_000 } });
    sockets = [];
    statuses = [];
    arrived = 0;
    gateway.server.on('request', () => {
      arrived += 1;
    });
    issued = gateway.issueKey();
    await ask().expect(200);
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await gateway.stop();
  });

  const ask = () => gateway.api().get(sites).set('Authorization', issued.authorization);
  /** At the same moment, on connections that are in use. */
  const crowd = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) sockets.push(await openInUse());
    arrived = 0;
    statuses = [];
    for (const socket of sockets)
      socket.write(`GET ${sites} HTTP/1.1\r\nHost: a\r\nAuthorization: ${issued.authorization}\r\n\r\n`);
    await waitFor(() => arrived === count, { deadlineMs, what: 'every request' });
  };
  const openInUse = async (): Promise<Socket> => {
    const socket = connect(gateway.port, '127.0.0.1');
    socket.setEncoding('latin1').on('error', () => undefined);
    socket.on('data', (text: string) => {
      for (const [, status] of text.matchAll(/HTTP\/1\.1 (\d+) /g)) statuses.push(Number(status));
    });
    socket.write('GET /a HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(socket, 'data');
    return socket;
  };
  const allAnswered = (count: number) => waitFor(() => statuses.length === count, { deadlineMs, what: 'every answer' });

  it('is answered to its quota exactly, whole, and with no 503', async () => {
    await crowd(quota);
    await allAnswered(quota);
    // One of the quota was spent before.
    expect(countsOf(statuses)).toEqual({ 200: quota - 1, 429: 1 });
  });

  it('costs nothing of the quota for those that have disconnected before they were decided', async () => {
    issued = gateway.issueKey();
    const { promise: gate, resolve: answerNow } = Promise.withResolvers<void>();
    gateway.holdAuthorityUntil(gate);
    await crowd(500);
    for (const socket of sockets) socket.resetAndDestroy();
    await waitFor(async () => (await promisify(gateway.server.getConnections).call(gateway.server)) === 0, {
      deadlineMs,
      what: 'the end of every connection',
    });
    answerNow();
    const answer = await ask().expect(200);
    // No more than were being decided at once, and this one.
    expect(quota - Number(answer.headers['x-ratelimit-remaining'])).toBeLessThanOrEqual(
      usualLimits.decisionsPerKeyMax + 1,
    );
  });

  it('is told 401 when the key is dead, however many there are, and the address is not limited for it', async () => {
    gateway.revokeAtAuthority(issued.key);
    await gateway.markRevoked(issued.keyId);
    // Refused by the marker, then by the authority.
    for (let n = 0; n < 2; n += 1) await ask().expect(401);
    const count = 1_200;
    await crowd(count);
    await allAnswered(count);
    expect(new Set(statuses)).toEqual(new Set([401]));
  });
});

function countsOf(statuses: readonly number[]): Readonly<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

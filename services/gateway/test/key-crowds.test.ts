import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type GatewayHarness, type IssuedKey, organizationA, startGateway } from './harness.ts';

const sites = `/api/v1/organizations/${organizationA}/sites`;
const quota = 600;
const deadlineMs = 10_000;

describe('a crowd of requests with one key', () => {
  let gateway: GatewayHarness;
  let sockets: Socket[];
  let statuses: number[];
  let arrived: number;
  let issued: IssuedKey;
  beforeEach(async () => {
    gateway = await startGateway({ failedAuthenticationsMax: 10_000 });
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
  /** At the same moment, on connections that are in use: newcomers are let in one by one. */
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

  it('costs nothing of the quota for those that have left before their turn', async () => {
    await crowd(500);
    for (const socket of sockets) socket.resetAndDestroy();
    const answer = await ask().expect(200);
    expect(quota - Number(answer.headers['x-ratelimit-remaining'])).toBeLessThan(300);
  });

  it('is told 401 when the key is nobody’s, however many there are: only what may be live waits in a line', async () => {
    gateway.revokeAtAuthority(issued.key);
    await gateway.markRevoked(issued.keyId);
    // Refused by the marker, then by the authority.
    for (let n = 0; n < 2; n += 1) await ask().expect(401);
    const count = 1_200;
    await crowd(count);
    await waitFor(() => statuses.length === count, { deadlineMs, what: 'every answer' });
    expect(new Set(statuses)).toEqual(new Set([401]));
  });
});

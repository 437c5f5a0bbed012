import { createServer } from 'node:http';
import { listenOnLoopback } from '@engagetrack/test-ground';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type GatewayHarness, organizationA, startGateway } from './harness.ts';

const sites = `/api/v1/organizations/${organizationA}/sites`;
const attemptsMax = 200;

describe('a connection to an upstream', () => {
  let upstream: Awaited<ReturnType<typeof listenOnLoopback>>;
  let gateway: GatewayHarness;
  let connections: number;
  beforeEach(async () => {
    connections = 0;
    const server = createServer((_req, res) => res.end('{}'));
    server.on('connection', () => {
      connections += 1;
    });
    upstream = await listenOnLoopback(server);
    gateway = await startGateway({ upstreamUrl: upstream.url });
  });
  afterEach(async () => {
    await gateway.stop();
    await upstream.close();
  });
  const get = () => gateway.api().get(sites).set('authorization', gateway.issueKey().authorization).expect(200);
  /** One request after the other, until one was sent on a connection that was there. */
  const untilReused = async (): Promise<void> => {
    for (let n = 0; n < attemptsMax; n += 1) {
      const before = connections;
      await get();
      if (connections === before) return;
    }
    throw new Error('No connection was used again');
  };

  it('is used again, until it is a minute old: then DNS is asked for the upstream anew', async () => {
    await untilReused();
    const before = connections;
    gateway.advanceClock(59_000);
    await untilReused();
    gateway.advanceClock(61_000);
    await get();
    expect(connections).toBeGreaterThan(before);
  });
});

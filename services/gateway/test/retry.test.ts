import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listenOnLoopback } from '@engagetrack/test-ground';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type GatewayHarness, organizationA, startGateway } from './harness.ts';

const site = `/api/v1/organizations/${organizationA}/sites/site_1`;
const shippedRoutes = new URL('../config/routes.yaml', import.meta.url);
const resetsMin = 3;
const attemptsMax = 400;

describe('a request under which the upstream closes a kept connection', () => {
  let folder: string;
  let upstream: Awaited<ReturnType<typeof listenOnLoopback>>;
  let gateway: GatewayHarness;
  let resets: number;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'engagetrack-routes-'));
    resets = 0;
    const answered = new WeakSet<object>();
    // Every connection is reset under its second request.
    const server: Server = createServer((req, res) => {
      if (answered.has(req.socket)) {
        resets += 1;
        req.socket.resetAndDestroy();
        return;
      }
      answered.add(req.socket);
      req.resume();
      res.end('{}');
    });
    upstream = await listenOnLoopback(server);
  });
  afterEach(async () => {
    await gateway.stop();
    await upstream.close();
    rmSync(folder, { recursive: true });
  });

  const start = async (retry?: 'idempotent'): Promise<void> => {
    const routesFile = join(folder, 'routes.yaml');
    const text = readFileSync(shippedRoutes, 'utf8');
    const row = `analytics: { url: "\${UPSTREAM_URL}" }`;
    expect(text).toContain(row);
    writeFileSync(
      routesFile,
      retry === undefined ? text : text.replace(row, () => row.replace(' }', `, retry: ${retry} }`)),
    );
    gateway = await startGateway({ upstreamUrl: upstream.url, routesFile });
  };
  /** The different statuses of requests one after the other, until a few of them have met a closed connection. */
  const statusesOf = async (method: 'GET' | 'DELETE', path: string, body?: string): Promise<readonly number[]> => {
    const statuses = new Set<number>();
    for (let n = 0; n < attemptsMax && resets < resetsMin; n += 1) {
      const { authorization } = gateway.issueKey();
      const answer = await fetch(gateway.url + path, {
        method,
        headers: { authorization },
        ...(body !== undefined && { body }),
      });
      await answer.arrayBuffer();
      statuses.add(answer.status);
    }
    expect(resets).toBeGreaterThanOrEqual(resetsMin);
    return [...statuses].sort();
  };

  it('is sent once more when it is a GET', async () => {
    await start();
    expect(await statusesOf('GET', `${site}/annotations`)).toEqual([200]);
  });

  it('is 502 when it is a DELETE, which may have been carried out', async () => {
    await start();
    expect(await statusesOf('DELETE', `${site}/annotations/a_1`)).toEqual([200, 502]);
  });

  it('is sent once more when it is a DELETE and the upstream’s row says that this is safe', async () => {
    await start('idempotent');
    expect(await statusesOf('DELETE', `${site}/annotations/a_1`)).toEqual([200]);
  });
});

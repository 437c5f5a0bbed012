import type { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listenOnLoopback } from '@engagetrack/test-ground';
import { waitFor } from '@engagetrack/test-ground/stores';
import { describe, expect, it } from '@jest/globals';
import { organizationA, startGateway } from './harness.ts';

const sites = `/api/v1/organizations/${organizationA}/sites`;
const deadlineMs = 20_000;
const requests = 20;

/** Of one request, with its answer and its connection. */
const listenersOn = (req: IncomingMessage, res: ServerResponse): number =>
  [req, res, req.socket].reduce(
    (sum, emitter: EventEmitter) =>
      sum + emitter.eventNames().reduce((count, name) => count + emitter.listenerCount(name), 0),
    0,
  );
const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

describe('a GET that waits for its upstream', () => {
  it('has at most six listeners and timers of the gateway', async () => {
    const bare: number[] = [];
    const passive = await listenOnLoopback(
      createServer((req, res) => {
        bare.push(listenersOn(req, res));
        res.end();
      }),
    );
    await fetch(passive.url);
    await passive.close();

    const gateway = await startGateway();
    const { authorization } = gateway.issueKey();
    const held: ServerResponse[] = [];
    const open: [IncomingMessage, ServerResponse][] = [];
    gateway.answerUpstreamWith((_req, res) => held.push(res));
    gateway.server.on('request', (req, res) => open.push([req, res]));
    const get = () => fetch(gateway.url + sites, { headers: { authorization } });
    // What is made once, for the first request, is no cost of a request.
    const first = get();
    await waitFor(() => held.length === 1, { deadlineMs, what: 'the first request at the upstream' });
    const before = timers();
    const answers = Array.from({ length: requests }, get);
    await waitFor(() => held.length === 1 + requests, { deadlineMs, what: 'every request at the upstream' });
    const ownTimers = Math.max(0, timers() - before) / requests;
    const ownListeners = Math.max(...open.map(([req, res]) => listenersOn(req, res))) - (bare[0] ?? 0);
    expect({ ownListeners, ownTimers, isWithin: ownListeners + ownTimers <= 6 }).toMatchObject({ isWithin: true });
    for (const res of held) res.end('{}');
    await Promise.all([first, ...answers]);
    await gateway.stop();
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { inParallel } from '@engagetrack/test-ground';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { anything, routesFor } from './contract.ts';
import { type GatewayHarness, startGateway } from './harness.ts';

const keys = 64;
const blockMs = 30;

/**
 * An upstream in a thread of its own, which goes on while the gateway stands still. It answers each request with the
 * number in its query, and behind every fourth answer it says something more, within the same packet or up to 2 ms later;
 * nothing when a busy machine has made it later than a connection rests.
 */
const upstreamSource = `
  const { createServer } = require('node:net');
  const { parentPort } = require('node:worker_threads');
  const delaysMs = [undefined, 0, 1, 2];
  const soonMs = 8;
  let answers = 0;
  const say = (body) => 'HTTP/1.1 200 OK\\r\\nContent-Length: ' + body.length + '\\r\\n\\r\\n' + body;
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      const answer = say(/n=(\\d+)/.exec(String(bytes))[1]);
      answers += 1;
      const delayMs = delaysMs[(answers >> 2) % delaysMs.length];
      if (answers % 4 > 0) socket.write(answer);
      else if (delayMs === undefined) socket.write(answer + say('poison'));
      else {
        const answeredAtMs = performance.now();
        const isSoon = () => performance.now() - answeredAtMs < soonMs && socket.writable;
        socket.write(answer, () => setTimeout(() => isSoon() && socket.write(say('poison')), delayMs));
      }
    });
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

describe('what an upstream says behind an answer', () => {
  let upstream: Worker;
  let gateway: GatewayHarness;
  let agent: Agent;
  let folder: string;
  let authorizations: string[];
  beforeEach(async () => {
    upstream = new Worker(upstreamSource, { eval: true });
    const port = await new Promise<number>((resolve) => upstream.once('message', resolve));
    folder = mkdtempSync(join(tmpdir(), 'late-'));
    writeFileSync(join(folder, 'routes.yaml'), routesFor('undici'));
    gateway = await startGateway({
      routesFile: join(folder, 'routes.yaml'),
      upstreamUrl: `http://127.0.0.1:${port}`,
      clockRuns: true,
    });
    authorizations = Array.from({ length: keys }, () => gateway.issueKey().authorization);
    agent = new Agent({ keepAlive: true });
  });
  afterEach(async () => {
    agent.destroy();
    await gateway.stop();
    await upstream.terminate();
    rmSync(folder, { recursive: true });
  });

  const ask = (n: number) =>
    new Promise<{ readonly status: number | undefined; readonly body: string }>((resolve, reject) => {
      const headers = { authorization: authorizations[n % keys] };
      request(`${gateway.url}${anything}?n=${n}`, { agent, headers }, (answer) => {
        let body = '';
        answer.setEncoding('latin1').on('data', (text) => {
          body += text;
        });
        answer.on('end', () => resolve({ status: answer.statusCode, body }));
      })
        .on('error', reject)
        .end();
    });
  /** Sends so many requests and tells how many got another's answer, and how many got their own. */
  const tally = async (count: number, concurrency: number, between: (n: number) => void) => {
    const found = { own: 0, foreign: 0, refused: 0 };
    const numbers = Array.from({ length: count }, (_, n) => 1_000_000 + n);
    await inParallel(numbers, concurrency, async (n) => {
      const { status, body } = await ask(n);
      if (status !== 200) found.refused += 1;
      else if (body === String(n)) found.own += 1;
      else found.foreign += 1;
      between(n);
    });
    return found;
  };
  const judge = (found: Awaited<ReturnType<typeof tally>>, count: number): void => {
    process.stdout.write(`late answers: ${JSON.stringify(found)} of ${count}\n`);
    expect(found.foreign).toBe(0);
    // The others had their connection broken within the packet of their answer.
    expect(found.own).toBeGreaterThan(count * 0.7);
  };

  it('is nobody’s answer in 100,000 requests', async () => {
    judge(await tally(100_000, 32, () => undefined), 100_000);
  }, 900_000);

  it('is nobody’s answer in 5,000 requests of a process that stands still for 30 ms again and again', async () => {
    judge(
      await tally(5_000, 8, (n) => {
        if (n % 8 > 0) return;
        const untilMs = performance.now() + blockMs;
        while (performance.now() < untilMs);
      }),
      5_000,
    );
  }, 900_000);
});

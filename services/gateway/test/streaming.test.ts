import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, request, type ServerResponse } from 'node:http';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { type LoopbackServer, listenOnLoopback } from '@engagetrack/test-ground';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type GatewayHarness, organizationA, startGateway } from './harness.ts';

const mebibyte = 2 ** 20;
const path = `/api/v1/organizations/${organizationA}/files/one`;
/** Bytes. The kernel may hold them in the sockets of both hops, which it enlarges on a loopback interface. */
const inFlightBytesMax = 32 * mebibyte;
/** Bytes. The process may hold them, uncollected garbage included. */
const heldBytesMax = 48 * mebibyte;
/** Bytes of a body that stands still: far more than both of the above. */
const wholeBytes = 160 * mebibyte;
const deadlineMs = 20_000;

describe('a streamed body', () => {
  let upstream: LoopbackServer;
  let upstreamListener: RequestListener;
  let gateway: GatewayHarness;
  let headers: Record<string, string>;
  beforeEach(async () => {
    upstream = await listenOnLoopback(createServer((req, res) => upstreamListener(req, res)));
    gateway = await startGateway({
      routesFile: fileURLToPath(new URL('./wide-routes.yaml', import.meta.url)),
      upstreamUrl: upstream.url,
    });
    headers = { authorization: gateway.issueKey().authorization };
  });
  afterEach(async () => {
    await gateway.stop();
    await upstream.close();
  });

  it('begins at the caller before the upstream has sent its end', async () => {
    const { promise: mayEnd, resolve: endNow } = Promise.withResolvers<void>();
    upstreamListener = async (_req, res) => {
      res.write('first,');
      await mayEnd;
      res.end('last');
    };
    const answer = await send('GET');
    const chunks: string[] = [];
    answer.setEncoding('latin1').on('data', (chunk) => chunks.push(chunk));
    await waitFor(() => chunks.join('') === 'first,', { deadlineMs, what: 'the first chunk' });
    expect(answer.complete).toBe(false);
    endNow();
    await once(answer, 'end');
    expect(chunks.join('')).toBe('first,last');
  });

  it('begins at the upstream before the caller has sent its end', async () => {
    const chunks: string[] = [];
    upstreamListener = (req, res) => {
      req.setEncoding('latin1').on('data', (chunk) => chunks.push(chunk));
      req.on('end', () => res.end('got it'));
    };
    const upload = request(gateway.url + path, { method: 'PUT', headers });
    upload.write('first,');
    await waitFor(() => chunks.join('') === 'first,', { deadlineMs, what: 'the first chunk' });
    upload.end('last');
    const [answer] = await once(upload, 'response');
    expect(await textOf(answer)).toBe('got it');
    expect(chunks.join('')).toBe('first,last');
  });

  it('waits for a caller that reads slowly, and then comes whole', async () => {
    let written = 0;
    upstreamListener = (_req, res) => {
      void writeAll(res, wholeBytes, (bytes) => {
        written += bytes;
      });
    };
    const before = bufferedBytes();
    const answer = await send('GET');
    await stalled(() => written);
    expect(written).toBeLessThan(inFlightBytesMax);
    expect(bufferedBytes() - before).toBeLessThan(heldBytesMax);
    expect(await sizeOf(answer)).toBe(wholeBytes);
    expect(written).toBe(wholeBytes);
  });

  it('waits for an upstream that reads slowly, and then arrives whole', async () => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<IncomingMessage>();
    let response: ServerResponse | undefined;
    upstreamListener = (req, res) => {
      response = res;
      arrive(req);
    };
    let written = 0;
    const before = bufferedBytes();
    const upload = request(gateway.url + path, { method: 'PUT', headers });
    const answered = once(upload, 'response');
    void writeAll(upload, wholeBytes, (bytes) => {
      written += bytes;
    });
    const received = await arrived;
    await stalled(() => written);
    expect(written).toBeLessThan(inFlightBytesMax);
    expect(bufferedBytes() - before).toBeLessThan(heldBytesMax);
    expect(await sizeOf(received)).toBe(wholeBytes);
    response?.end('got it');
    expect(await textOf((await answered)[0])).toBe('got it');
  });

  it.each<[string, Record<string, string>]>([
    ['with its length', { 'Content-Length': String(50 * mebibyte) }],
    ['in chunks', {}],
  ])('of 50 MiB comes down byte for byte %s', async (_how, framing) => {
    const file = randomBytes(50 * mebibyte);
    upstreamListener = (_req, res) => {
      res.writeHead(200, framing);
      res.end(file);
    };
    const answer = await send('GET');
    expect(answer.headers['content-length']).toBe(framing['Content-Length']);
    expect(await digestOf(answer)).toBe(createHash('sha256').update(file).digest('hex'));
  });

  it.each<[string, Record<string, string>]>([
    ['with its length', { 'Content-Length': String(50 * mebibyte) }],
    ['in chunks', {}],
  ])('of 50 MiB goes up byte for byte %s', async (_how, framing) => {
    const file = randomBytes(50 * mebibyte);
    upstreamListener = async (req, res) => {
      res.end(await digestOf(req));
    };
    const upload = request(gateway.url + path, { method: 'PUT', headers: { ...headers, ...framing } });
    const answered = once(upload, 'response');
    await pipeline(Readable.from([file.subarray(0, 1), file.subarray(1)]), upload);
    expect(await textOf((await answered)[0])).toBe(createHash('sha256').update(file).digest('hex'));
  });

  async function send(method: string): Promise<IncomingMessage> {
    const [answer] = await once(request(gateway.url + path, { method, headers }).end(), 'response');
    return answer;
  }
});

const block = randomBytes(64 * 1024);

/** Writes as fast as the other side reads, and counts the written bytes. */
async function writeAll(to: Writable, total: number, count: (bytes: number) => void): Promise<void> {
  for (let sent = 0; sent < total; sent += block.length) {
    const more = to.write(block);
    count(block.length);
    if (!more) await once(to, 'drain');
  }
  to.end();
}

/** Resolves once a figure has begun to grow and then stays the same for ten looks in a row. */
async function stalled(figure: () => number): Promise<void> {
  let last = 0;
  let looks = 0;
  await waitFor(
    () => {
      looks = figure() === last && last > 0 ? looks + 1 : 0;
      last = figure();
      return looks >= 10;
    },
    { deadlineMs, what: 'the writer to stop' },
  );
}

/** Bytes in this process's buffers: caller, gateway and upstream together. */
function bufferedBytes(): number {
  return process.memoryUsage().arrayBuffers;
}

async function sizeOf(stream: AsyncIterable<Buffer>): Promise<number> {
  let size = 0;
  for await (const chunk of stream) size += chunk.length;
  return size;
}

async function digestOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk);
  return hash.digest('hex');
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

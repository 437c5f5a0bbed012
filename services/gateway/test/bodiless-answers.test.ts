import { createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type GatewayHarness, organizationA, startGateway } from './harness.ts';
import { sendRaw } from './raw-request.ts';

const sites = `/api/v1/organizations/${organizationA}/sites`;

/** The heads that an upstream may send where HTTP allows no body (RFC 9112 section 6.3). */
const wellBehaved: readonly Answer[] = [
  ['204', 'GET', 'HTTP/1.1 204 No Content\r\n\r\n'],
  ['204 with a length', 'GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n'],
  ['304', 'GET', 'HTTP/1.1 304 Not Modified\r\nETag: "7"\r\n\r\n'],
  ['304 with the length of the full answer', 'GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'],
  ['an answer to HEAD', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'],
  ['an answer to HEAD that would come in chunks', 'HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['a 404 to HEAD', 'HEAD', 'HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\n'],
];

/** The same with bytes behind the head, which a careless reader takes for the start of the next answer. */
const withBody: readonly Answer[] = [
  ['204', 'GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello'],
  ['204 in chunks', 'GET', 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'],
  ['304', 'GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello'],
  ['an answer to HEAD', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'],
  [
    '204 with another answer',
    'GET',
    'HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison',
  ],
];

type Answer = readonly [what: string, method: 'GET' | 'HEAD', bytes: string];

describe('an answer without a body', () => {
  let gateway: GatewayHarness;
  let close: () => Promise<void>;
  let firstAnswer = '';
  beforeEach(async () => {
    const sockets = new Set<Socket>();
    let requests = 0;
    const upstream = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('data', () => {
        requests += 1;
        socket.write(requests === 1 ? firstAnswer : 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext');
      });
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    const address = upstream.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    gateway = await startGateway({ upstreamUrl: `http://127.0.0.1:${address.port}` });
    close = async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => upstream.close(resolve));
    };
  });
  afterEach(async () => {
    await gateway.stop();
    await close();
  });

  it.each(wellBehaved)('stays one, and the next on the connection is whole: %s', async (_what, method, bytes) => {
    const [head, ...next] = await answersTo(method, bytes);
    expect(head?.slice(0, 12)).toBe(bytes.slice(0, 12));
    expect(head).not.toMatch(/^Transfer-Encoding:/im);
    if (bytes.includes(' 204 ')) expect(head).not.toMatch(/^Content-Length:/im);
    else if (bytes.includes('Content-Length')) expect(head).toMatch(/^Content-Length: 5\r$/im);
    expect(head).toMatch(/^X-RateLimit-Remaining: 599\r$/m);
    expect(next).toEqual([expect.stringMatching(/^HTTP\/1\.1 200 OK\r\n/), 'next']);
  });

  it.each(withBody)(
    'that has one all the same is cut off or refused, never forwarded: %s',
    async (_what, method, bytes) => {
      const answers = await answersTo(method, bytes);
      expect(answers.slice(-2)).toEqual([expect.stringMatching(/^HTTP\/1\.1 200 OK\r\n/), 'next']);
      const [head = '', body] = answers.slice(0, -2);
      if (head.slice(0, 12) !== bytes.slice(0, 12)) expect(head).toMatch(/^HTTP\/1\.1 502 /);
      expect(body).toBe(
        head.includes(' 502 ') && method === 'GET' ? '{"error":"Upstream service unavailable"}' : undefined,
      );
    },
  );

  /**
   * Sends two requests on one connection, of which the first gets this answer.
   * @returns the heads and bodies of both.
   */
  async function answersTo(method: string, bytes: string): Promise<readonly string[]> {
    firstAnswer = bytes;
    const { authorization } = gateway.issueKey();
    const request = (line: string, ...more: readonly string[]): string =>
      `${[line, 'Host: a', `Authorization: ${authorization}`, ...more].join('\r\n')}\r\n\r\n`;
    const received = await sendRaw(
      gateway.port,
      request(`${method} ${sites} HTTP/1.1`) + request(`GET ${sites} HTTP/1.1`, 'Connection: close'),
    );
    return received.split(/(?<=\r\n\r\n)|(?=HTTP\/1\.1 )/);
  }
});

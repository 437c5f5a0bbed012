import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type GatewayHarness, organizationA, startGateway } from './harness.ts';

const annotations = `/api/v1/organizations/${organizationA}/sites/site_1/annotations`;
const goAhead = 'HTTP/1.1 100 Continue\r\n\r\n';
const deadlineMs = 5_000;

describe('a caller that waits for 100 Continue', () => {
  let gateway: GatewayHarness;
  let socket: Socket;
  let received: string;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());
  beforeEach(async () => {
    gateway.received.length = 0;
    received = '';
    socket = connect(gateway.port, '127.0.0.1');
    socket.setEncoding('latin1').on('data', (text: string) => {
      received += text;
    });
    await once(socket, 'connect');
  });
  afterEach(() => {
    socket.destroy();
  });

  const announce = (authorization: string | undefined, ...lines: readonly string[]): void => {
    const credential = authorization === undefined ? [] : [`Authorization: ${authorization}`];
    const head = [`POST ${annotations} HTTP/1.1`, 'Host: a', ...credential, 'Expect: 100-continue', ...lines];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
  };
  const arrives = (pattern: RegExp) =>
    waitFor(() => pattern.test(received), { deadlineMs, what: `${pattern} in what came back` });

  it.each([
    ['by its length', ['Content-Length: 17'], '{"text":"launch"}'],
    ['in chunks', ['Transfer-Encoding: chunked'], '11\r\n{"text":"launch"}\r\n0\r\n\r\n'],
  ])('is told to go on and has its body forwarded %s', async (_how, lines, body) => {
    announce(gateway.issueKey().authorization, ...lines, 'X-Org-Id: org_victim');
    await arrives(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    expect(gateway.received).toEqual([]);
    socket.write(body);
    await arrives(/\{"data":\[\]\}/);
    expect(received.slice(goAhead.length)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    const [request] = gateway.received;
    expect(request?.body).toBe('{"text":"launch"}');
    expect(request?.headers['x-org-id']).toBe(organizationA);
    expect(request?.headers).not.toHaveProperty('expect');
    expect(request?.headers).not.toHaveProperty('authorization');
  });

  it.each([
    ['401', () => undefined, ['Content-Length: 17']],
    ['402', () => gateway.issueKey({ plan: 'maker' }).authorization, ['Content-Length: 17']],
    ['403', () => gateway.issueKey({ scopes: ['sites:read'] }).authorization, ['Content-Length: 17']],
    ['413', () => gateway.issueKey().authorization, ['Content-Length: 1048577']],
    ['400', () => gateway.issueKey().authorization, ['Content-Length: 17', 'Connection: x-org-id']],
  ])('is told %s at once instead, and is not asked for the body', async (status, authorization, lines) => {
    announce(authorization(), ...lines);
    await arrives(/\r\n\r\n\{"error":"[^"]+"\}$/);
    expect(received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(received).toMatch(/^Connection: close\r$/m);
    expect(received).not.toContain('100 Continue');
    expect(gateway.received).toEqual([]);
  });

  it('has its connection closed after a refusal, so that a late body is never taken for a request', async () => {
    announce(undefined, 'Content-Length: 200');
    await arrives(/\}$/);
    const answer = received;
    socket.write(
      `GET ${annotations} HTTP/1.1\r\nHost: a\r\nAuthorization: ${gateway.issueKey().authorization}\r\n\r\n`,
    );
    await waitFor(() => socket.readableEnded, { deadlineMs, what: 'the end of the connection' });
    expect(received).toBe(answer);
    expect(gateway.received).toEqual([]);
  });

  it('gets the usual answer when it expects something unknown', async () => {
    socket.write(
      `GET ${annotations} HTTP/1.1\r\nHost: a\r\nAuthorization: ${gateway.issueKey().authorization}\r\nExpect: 200-ok\r\n\r\n`,
    );
    await arrives(/\{"data":\[\]\}/);
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(gateway.received[0]?.headers).not.toHaveProperty('expect');
  });
});

import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type GatewayHarness, organizationA, startGateway } from './harness.ts';
import { sendRaw } from './raw-request.ts';

const sites = `/api/v1/organizations/${organizationA}/sites`;
const concurrentRequestsMax = 3;
const deadlineMs = 5_000;

describe('a gateway with as many requests in progress as it takes', () => {
  let gateway: GatewayHarness;
  let authorization: string;
  let held: ServerResponse[];
  beforeEach(async () => {
    gateway = await startGateway({ limits: { requestsInProgressMax: concurrentRequestsMax } });
    ({ authorization } = gateway.issueKey());
    held = [];
    gateway.answerUpstreamWith((_req, res) => held.push(res));
  });
  afterEach(() => gateway.stop());

  const get = () => gateway.api().get(sites).set('authorization', authorization);
  const statusOf = async () => (await get()).status;
  /** Requests that stay at the upstream until the test answers them there. */
  const occupy = async (count: number) => {
    const before = held.length;
    const answers = Array.from({ length: count }, statusOf);
    await waitFor(() => held.length === before + count, { deadlineMs, what: `${count} requests at the upstream` });
    return answers;
  };
  const inFlight = async () =>
    (await gateway.registry.getSingleMetricAsString('gateway_requests_in_flight')).match(/\d+$/)?.[0];

  it('answers the next one 503 with Retry-After, without a question to the authority', async () => {
    const answers = await occupy(concurrentRequestsMax);
    const asked = gateway.introspections();
    const refused = await gateway.api().get(sites).set('authorization', gateway.issueKey().authorization);
    expect([refused.status, refused.text]).toEqual([503, '{"error":"Service temporarily unavailable"}']);
    expect(refused.headers).toMatchObject({
      'retry-after': '1',
      'x-error-code': 'unavailable',
      'cache-control': 'no-store',
      'content-type': 'application/json; charset=utf-8',
    });
    expect(Object.keys(refused.headers).filter((name) => /ratelimit/i.test(name))).toEqual([]);
    expect(gateway.introspections()).toBe(asked);
    expect(gateway.received).toHaveLength(concurrentRequestsMax);
    expect(gateway.logLines.some((line) => line.includes('"reason":"over_capacity"'))).toBe(true);
    for (const res of held) res.end();
    expect(await Promise.all(answers)).toEqual([200, 200, 200]);
  });

  it('still says 400 first', async () => {
    const answers = await occupy(concurrentRequestsMax);
    expect(await sendRaw(gateway.port, `GET ${sites}/../x HTTP/1.1\r\nHost: a\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
    for (const res of held) res.end();
    await Promise.all(answers);
  });

  it('takes the next one as soon as one is answered, after any number of refusals', async () => {
    const [first, ...others] = await occupy(concurrentRequestsMax);
    for (let n = 0; n < 20; n += 1) expect(await statusOf()).toBe(503);
    held[0]?.end();
    expect(await first).toBe(200);
    await waitFor(async () => (await inFlight()) === '2', { deadlineMs, what: 'the end of one request' });
    const [next] = await occupy(1);
    expect(await statusOf()).toBe(503);
    for (const res of held) res.end();
    expect(await Promise.all([next, ...others])).toEqual([200, 200, 200]);
    await waitFor(async () => (await inFlight()) === '0', { deadlineMs, what: 'the end of all requests' });
  });

  it('takes the next one when a client disconnects before its answer', async () => {
    const answers = await occupy(concurrentRequestsMax - 1);
    const leave = new AbortController();
    const left = fetch(gateway.url + sites, { headers: { authorization }, signal: leave.signal }).catch(() => 'left');
    await waitFor(() => held.length === concurrentRequestsMax, { deadlineMs, what: 'the request of who leaves' });
    expect(await statusOf()).toBe(503);
    leave.abort();
    expect(await left).toBe('left');
    await waitFor(async () => (await inFlight()) === '2', { deadlineMs, what: 'the end of the abandoned request' });
    const [next] = await occupy(1);
    for (const res of held) res.end();
    expect(await Promise.all([next, ...answers])).toEqual([200, 200, 200]);
  });

  it('counts no refused request whose connection is still open', async () => {
    const lingering = Array.from({ length: concurrentRequestsMax }, () => connect(gateway.port, '127.0.0.1'));
    let refusals = 0;
    for (const socket of lingering) {
      socket.once('data', (bytes) => {
        if (bytes.toString('latin1').startsWith('HTTP/1.1 401 ')) refusals += 1;
      });
      // A body that is announced and never comes.
      socket.write(`PUT ${sites} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n`);
    }
    await waitFor(() => refusals === concurrentRequestsMax, { deadlineMs, what: 'every refusal' });
    const [next] = await occupy(1);
    held[0]?.end();
    expect(await next).toBe(200);
    for (const socket of lingering) socket.destroy();
  });
});

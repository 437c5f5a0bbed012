import type { ServerResponse } from 'node:http';
import { waitFor } from '@engagetrack/test-ground/stores';
import { describe, expect, it } from '@jest/globals';
import { organizationA, startGateway } from './harness.ts';
import { sendRaw } from './raw-request.ts';

const sites = `/api/v1/organizations/${organizationA}/sites`;
const deadlineMs = 5_000;

describe('a gateway that is told to stop', () => {
  it('answers the requests in progress, and says with each answer that it is the connection’s last', async () => {
    const gateway = await startGateway();
    const held: ServerResponse[] = [];
    gateway.answerUpstreamWith((_req, res) => held.push(res));
    const { authorization } = gateway.issueKey();
    const request = `GET ${sites} HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\n\r\n`;
    // Each resolves when the gateway has closed the connection.
    const answers = [1, 2, 3].map(() => sendRaw(gateway.port, request, deadlineMs));
    await waitFor(() => held.length === 3, { deadlineMs, what: 'three requests at the upstream' });
    const drained = gateway.drain(deadlineMs);
    for (const res of held) res.end('{"data":["late"]}');
    for (const answer of await Promise.all(answers)) {
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(answer).toMatch(/^Connection: close\r$/im);
      expect(answer).toMatch(/\r\n\r\n\{"data":\["late"\]\}$/);
    }
    await drained;
    await gateway.stop();
  });
});

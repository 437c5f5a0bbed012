import { createServer } from 'node:https';
import tls from 'node:tls';
import { createSelfSignedCertificate } from '@engagetrack/test-ground';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startGateway } from '../harness.ts';
import { sendRaw } from '../raw-request.ts';
import { sites } from './three-sides.ts';

const dayMs = 24 * 60 * 60 * 1000;
const now = Date.now();
const valid = { host: 'localhost', notBefore: new Date(now - dayMs), notAfter: new Date(now + dayMs) };
const certificates = {
  good: await createSelfSignedCertificate(valid),
  expired: await createSelfSignedCertificate({
    ...valid,
    notBefore: new Date(now - 9 * dayMs),
    notAfter: new Date(now - dayMs),
  }),
  early: await createSelfSignedCertificate({
    ...valid,
    notBefore: new Date(now + dayMs),
    notAfter: new Date(now + 9 * dayMs),
  }),
  otherName: await createSelfSignedCertificate({ ...valid, host: 'other.test' }),
  untrusted: await createSelfSignedCertificate(valid),
};

describe('U: an upstream that speaks TLS', () => {
  const trustedBefore = tls.getCACertificates('default');
  beforeAll(() => {
    // Each signs itself; all but one are trusted.
    const { untrusted: _untrusted, ...trusted } = certificates;
    tls.setDefaultCACertificates([...trustedBefore, ...Object.values(trusted).map(({ cert }) => cert)]);
  });
  afterAll(() => {
    tls.setDefaultCACertificates(trustedBefore);
  });

  it.each([
    ['good', 200],
    ['expired', 502],
    ['early', 502],
    ['otherName', 502],
    ['untrusted', 502],
  ] as const)('U23 talks to an upstream only if its certificate is for it: %s', async (which, status) => {
    let plaintext = 0;
    let requests = 0;
    const upstream = createServer(certificates[which], (_req, res) => {
      requests += 1;
      res.end('{}');
    });
    // Nothing is sent in the clear: bytes that are no TLS record would show here.
    upstream.on('tlsClientError', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_SSL_HTTP_REQUEST') plaintext += 1;
    });
    await new Promise<void>((resolve) => upstream.listen(0, 'localhost', resolve));
    const address = upstream.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const gateway = await startGateway({ upstreamUrl: `https://localhost:${address.port}` });
    const { authorization } = gateway.issueKey();
    const answer = await sendRaw(
      gateway.port,
      `GET ${sites} HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    if (status === 502) expect(answer).toMatch(/\{"error":"Upstream service unavailable"\}$/);
    expect([requests, plaintext]).toEqual([status === 200 ? 1 : 0, 0]);
    await gateway.stop();
    upstream.closeAllConnections();
    await new Promise((resolve) => upstream.close(resolve));
  });
});

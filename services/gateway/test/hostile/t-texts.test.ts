import { generateApiKey, parseApiKey } from '@engagetrack/api-key';
import { Problem } from '@engagetrack/contracts';
import {
  bearerCredential,
  clientAddress,
  clientNetwork,
  createTrustedProxies,
  problemAnswer,
  requestIdFrom,
} from '@engagetrack/service-chassis';
import { describe, expect, it } from '@jest/globals';
import { responseFields } from '../../src/forward/response-headers.ts';
import { checkRawRequest } from '../../src/front-door/raw-checks.ts';
import { parseRequestTarget } from '../../src/request-target.ts';
import { traceparentFrom } from '../../src/telemetry/trace-context.ts';

/** Characters; far more than a head can have. */
const textLength = 100_000;
/** Milliseconds of computing time of this thread. Linear work takes less, any worse growth takes seconds. */
const slowMs = 50;
const attemptsMax = 30;

const units = [
  ...['a', '/', '/a', '%', '%2', '%25', '?', ',', ' ', '\t', ', ', ';', '[', ':', '.', 'a:', '0', '"', '\\'],
  ...['q=0.', '/*,', 'et_live_', 'chunked,', 'close, ', 'fe80::', '::', '1.', 'public, '],
];

const rawRequest = (name: string) => (text: string) =>
  checkRawRequest({ httpVersion: '1.1', rawHeaders: ['Host', 'api.test', name, text] });

/** All functions of the gateway that read the text of a caller or an upstream. */
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  target: (text) => parseRequestTarget(text),
  path: (text) => parseRequestTarget(`/${text}`),
  query: (text) => parseRequestTarget(`/a?${text}`),
  key: (text) => parseApiKey(text),
  'credential behind its scheme': (text) => bearerCredential(`Bearer ${text}`),
  'something behind a key': (text) => parseApiKey(`${generateApiKey().reveal()}${text}`),
  accept: (text) => problemAnswer(new Problem('bad_request'), text),
  'something behind problem+json': (text) =>
    problemAnswer(new Problem('bad_request'), `application/problem+json${text}`),
  'request id': (text) => requestIdFrom(text),
  trace: (text) => traceparentFrom(text),
  'forwarded address': (text) =>
    clientAddress({ socket: {}, headers: { 'x-forwarded-for': text } }, createTrustedProxies(1, ['0.0.0.0/0'])),
  network: (text) => clientNetwork(text),
  'response fields': (text) =>
    responseFields(
      {
        status: 200,
        fields: ['Connection', text, 'Vary', text, 'Cache-Control', text, 'Location', text],
        reasonPhrase: text,
      },
      { route: { credential: { kind: 'session' }, responseHeaders: new Set() }, origin: 'http://api.test' },
    ),
  ...Object.fromEntries(
    ['Host', 'Connection', 'Upgrade', 'Transfer-Encoding', 'Content-Length', 'X-Request-Id', 'X-A'].map((name) => [
      name,
      rawRequest(name),
    ]),
  ),
};

describe('T: texts that are long and repetitive', () => {
  it.each(Object.keys(readers))('T14 are read quickly: as %s', (name) => {
    const read = readers[name] ?? (() => undefined);
    const slow = units.filter((unit) => !isFast(read, unit.repeat(Math.ceil(textLength / unit.length))));
    expect(slow).toEqual([]);
  });
});

/** Attempts. A slow function is slow in each; a collection of garbage does not fall into each. */
function isFast(read: (text: string) => unknown, text: string): boolean {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const before = process.threadCpuUsage();
    try {
      read(text);
    } catch {
      // A refusal counts as an answer too.
    }
    const { user, system } = process.threadCpuUsage(before);
    if ((user + system) / 1_000 < slowMs) return true;
  }
  return false;
}

import { Problem } from '@engagetrack/contracts';
import { describe, expect, it } from '@jest/globals';
import { checkRawRequest, headerCountMax, type RawRequest } from './raw-checks.ts';

const host = ['Host', 'api.test'] as const;

describe('checkRawRequest', () => {
  it.each<[string, Partial<RawRequest>]>([
    ['a plain request', {}],
    ['HTTP/1.0 without Host', { httpVersion: '1.0', rawHeaders: [] }],
    ['a host with a port', { rawHeaders: ['Host', 'api.test:65535'] }],
    ['an IPv6 host with a port', { rawHeaders: ['Host', '[::1]:8080'] }],
    ['exactly as many fields as allowed', { rawHeaders: [...host, ...fields(headerCountMax - 1)] }],
    ['a field that may come twice, twice', { rawHeaders: [...host, 'Accept', 'a/b', 'Accept', 'c/d'] }],
    ['fields named like members of every object', { rawHeaders: [...host, 'constructor', 'x', 'hasOwnProperty', 'y'] }],
    ['a body by its length', { rawHeaders: [...host, 'Content-Length', '5'] }],
    ['a body in chunks', { rawHeaders: [...host, 'Transfer-Encoding', 'Chunked'] }],
    ['a length of 0', { rawHeaders: [...host, 'Content-Length', '0'] }],
    [
      'names with underscores and dots',
      { rawHeaders: [...host, 'SFDC_STACK_DEPTH', '1', 'X.Trace', '1', 'X_Org_Id', 'b'] },
    ],
    ['such a name twice', { rawHeaders: [...host, 'Content_Length', '1', 'Content_Length', '2'] }],
    ['Connection: Keep-Alive', { rawHeaders: [...host, 'Connection', 'Keep-Alive'] }],
    ['Connection: close beside an empty one', { rawHeaders: [...host, 'Connection', 'close,', 'Connection', ''] }],
    ['Connection: TE with and without a TE', { rawHeaders: [...host, 'Connection', 'TE, close', 'Connection', 'te'] }],
    ['Connection: Upgrade without an offer', { rawHeaders: [...host, 'Connection', 'keep-alive, Upgrade'] }],
    ['unknown names in Connection', { rawHeaders: [...host, 'Connection', 'close, x-trace, Cookie,SFDC_STACK_DEPTH'] }],
    [
      'an offer of h2c with a body',
      {
        rawHeaders: [
          ...host,
          'Connection',
          'Upgrade, HTTP2-Settings',
          'Upgrade',
          'h2c',
          'HTTP2-Settings',
          'AAMA',
          'Content-Length',
          '5',
        ],
      },
    ],
  ])('accepts %s', (_what, request) => {
    expect(refusalOf(request)).toBeUndefined();
  });

  it.each<[string, string, Partial<RawRequest>]>([
    ['HTTP/0.9', 'http_version', { httpVersion: '0.9' }],
    ['HTTP/2.0', 'http_version', { httpVersion: '2.0' }],
    ['HTTP/1.1 without Host', 'host', { rawHeaders: [] }],
    ['an empty Host', 'host', { rawHeaders: ['Host', ''] }],
    ['user information in Host', 'host', { rawHeaders: ['Host', 'u@api.test'] }],
    ['a list in Host', 'host', { rawHeaders: ['Host', 'a, b'] }],
    ['a port of 65536', 'host', { rawHeaders: ['Host', 'api.test:65536'] }],
    ['a port of 65536 behind an IPv6 host', 'host', { rawHeaders: ['Host', '[::1]:65536'] }],
    ['a port without digits', 'host', { rawHeaders: ['Host', 'api.test:'] }],
    ['an unclosed IPv6 host', 'host', { rawHeaders: ['Host', '[::1'] }],
    ['a length in hexadecimal', 'content_length', { rawHeaders: [...host, 'Content-Length', '0x1'] }],
    ['a length with a sign', 'content_length', { rawHeaders: [...host, 'Content-Length', '+1'] }],
    ['a list of lengths', 'content_length', { rawHeaders: [...host, 'Content-Length', '1, 1'] }],
    ['a length with a leading zero', 'content_length', { rawHeaders: [...host, 'Content-Length', '05'] }],
    ['an empty length', 'content_length', { rawHeaders: [...host, 'Content-Length', ''] }],
    ['a length of 16 digits', 'content_length', { rawHeaders: [...host, 'Content-Length', '1'.repeat(16)] }],
    ['identity', 'transfer_encoding', { rawHeaders: [...host, 'Transfer-Encoding', 'identity'] }],
    ['a parameter at chunked', 'transfer_encoding', { rawHeaders: [...host, 'Transfer-Encoding', 'chunked;q=1'] }],
    ['chunks in HTTP/1.0', 'framing', { httpVersion: '1.0', rawHeaders: ['Transfer-Encoding', 'chunked'] }],
    ['both framings', 'framing', { rawHeaders: [...host, 'Content-Length', '5', 'Transfer-Encoding', 'chunked'] }],
    ['an upgrade that Connection does not name', 'upgrade', { rawHeaders: [...host, 'Upgrade', 'websocket'] }],
    ['a text in Connection that is no name', 'connection', { rawHeaders: [...host, 'Connection', 'close;x'] }],
    [
      'a name smuggled into a second Connection',
      'connection',
      { rawHeaders: [...host, 'Connection', 'close', 'Connection', 'x-org-id'] },
    ],
    [
      'a name beside an offer of h2c',
      'connection',
      { rawHeaders: [...host, 'Connection', 'Upgrade, x-org-id', 'Upgrade', 'h2c'] },
    ],
    [
      'an offer of another protocol',
      'upgrade',
      { rawHeaders: [...host, 'Connection', 'Upgrade', 'Upgrade', 'h2c, websocket'] },
    ],
  ])('refuses %s', (_what, reason, request) => {
    expect(refusalOf(request)).toEqual([400, reason]);
  });

  it.each([
    ...['accept', 'accept-language', 'authorization', 'cache-control', 'content-length', 'content-type', 'expect'],
    ...['host', 'if-match', 'range', 'traceparent', 'transfer-encoding', 'user-agent', 'idempotency-key'],
    ...['x-org-id', 'x-api-key-id', 'x-auth-scopes', 'x-auth-type', 'x-internal-token', 'x-request-id'],
    ...['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'],
  ])('refuses a Connection that asks for a request without %s', (name) => {
    for (const connection of [name, `close, ${name.toUpperCase()}`, `${name},keep-alive`])
      expect(refusalOf({ rawHeaders: [...host, 'Connection', connection] })).toEqual([400, 'connection']);
  });

  it.each([
    'Host',
    'Authorization',
    'Content-Length',
    'Content-Type',
    'Content-Encoding',
    'Transfer-Encoding',
    'Expect',
    'Upgrade',
    'X-Request-Id',
    'Traceparent',
    'Idempotency-Key',
    'Range',
    'If-Range',
  ])('refuses a second %s line, even one that repeats the first', (name) => {
    const rawHeaders = [...(name === 'Host' ? [] : host), name, '0', name.toUpperCase(), '0'];
    expect(refusalOf({ rawHeaders })).toEqual([400, `duplicate_${name.toLowerCase()}`]);
  });

  it('answers 431 for one field too many, before any other fault', () => {
    expect(refusalOf({ rawHeaders: [...host, ...fields(headerCountMax)] })).toEqual([431, 'headers_too_large']);
    expect(refusalOf({ rawHeaders: [...host, ...host, ...fields(headerCountMax)] })?.[0]).toBe(431);
  });
});

function fields(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => [`X-${i}`, '1']).flat();
}

function refusalOf(request: Partial<RawRequest>): readonly [status: number, reason: string] | undefined {
  try {
    checkRawRequest({ httpVersion: '1.1', rawHeaders: host, ...request });
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return [error.status, error.reason];
    throw error;
  }
}

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
    ['a body by its length', { method: 'POST', rawHeaders: [...host, 'Content-Length', '5'] }],
    ['a body in chunks', { method: 'POST', rawHeaders: [...host, 'Transfer-Encoding', 'Chunked'] }],
    ['GET with a length of 0', { rawHeaders: [...host, 'Content-Length', '0'] }],
    ['DELETE with a length of 0', { method: 'DELETE', rawHeaders: [...host, 'Content-Length', '0'] }],
    ['Connection: Keep-Alive', { rawHeaders: [...host, 'Connection', 'Keep-Alive'] }],
    ['Connection: close beside an empty one', { rawHeaders: [...host, 'Connection', 'close,', 'Connection', ''] }],
    ['Connection: TE beside a TE', { rawHeaders: [...host, 'Connection', 'TE, close', 'TE', 'trailers'] }],
    [
      'an offer of h2c',
      { rawHeaders: [...host, 'Connection', 'Upgrade, HTTP2-Settings', 'Upgrade', 'h2c', 'HTTP2-Settings', 'AAMA'] },
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
    ['a name with an underscore', 'header_name', { rawHeaders: [...host, 'X_Org_Id', 'org_b'] }],
    ['a name with a dot', 'header_name', { rawHeaders: [...host, 'x.org.id', 'org_b'] }],
    ['a length in hexadecimal', 'content_length', { method: 'POST', rawHeaders: [...host, 'Content-Length', '0x1'] }],
    ['a length with a sign', 'content_length', { method: 'POST', rawHeaders: [...host, 'Content-Length', '+1'] }],
    ['a list of lengths', 'content_length', { method: 'POST', rawHeaders: [...host, 'Content-Length', '1, 1'] }],
    [
      'a length with a leading zero',
      'content_length',
      { method: 'POST', rawHeaders: [...host, 'Content-Length', '05'] },
    ],
    ['an empty length', 'content_length', { method: 'POST', rawHeaders: [...host, 'Content-Length', ''] }],
    [
      'a length of 16 digits',
      'content_length',
      { method: 'POST', rawHeaders: [...host, 'Content-Length', '1'.repeat(16)] },
    ],
    ['identity', 'transfer_encoding', { method: 'POST', rawHeaders: [...host, 'Transfer-Encoding', 'identity'] }],
    [
      'a parameter at chunked',
      'transfer_encoding',
      { method: 'POST', rawHeaders: [...host, 'Transfer-Encoding', 'chunked;q=1'] },
    ],
    [
      'chunks in HTTP/1.0',
      'framing',
      { httpVersion: '1.0', method: 'POST', rawHeaders: ['Transfer-Encoding', 'chunked'] },
    ],
    [
      'both framings',
      'framing',
      { method: 'POST', rawHeaders: [...host, 'Content-Length', '5', 'Transfer-Encoding', 'chunked'] },
    ],
    ['HEAD with a body', 'unexpected_body', { method: 'HEAD', rawHeaders: [...host, 'Content-Length', '1'] }],
    ['DELETE with a body', 'unexpected_body', { method: 'DELETE', rawHeaders: [...host, 'Content-Length', '5'] }],
    [
      'an offer of h2c with a body',
      'upgrade',
      { method: 'POST', rawHeaders: [...host, 'Upgrade', 'h2c', 'Content-Length', '5'] },
    ],
    ['an upgrade that Connection does not name', 'upgrade', { rawHeaders: [...host, 'Upgrade', 'websocket'] }],
    ['GET with chunks', 'unexpected_body', { rawHeaders: [...host, 'Transfer-Encoding', 'chunked'] }],
    ['Connection: TE without TE', 'connection', { rawHeaders: [...host, 'Connection', 'TE'] }],
    ['Connection: Upgrade without an offer', 'connection', { rawHeaders: [...host, 'Connection', 'Upgrade'] }],
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
    expect(refusalOf({ method: 'POST', rawHeaders })).toEqual([400, `duplicate_${name.toLowerCase()}`]);
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
    checkRawRequest({ httpVersion: '1.1', method: 'GET', rawHeaders: host, ...request });
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return [error.status, error.reason];
    throw error;
  }
}

import { describe, expect, it } from '@jest/globals';
import { responseHeaders } from './response-headers.ts';

describe('responseHeaders', () => {
  it('keeps an upstream’s fields for the caller', () => {
    const received = {
      'content-type': 'application/json',
      'content-length': '2',
      etag: '"7"',
      date: 'Sat, 14 Mar 2026 12:00:18 GMT',
      location: '/elsewhere',
      link: '<a>; rel=next, <b>; rel=last',
      'retry-after': '3',
      'www-authenticate': 'Bearer',
      'cache-control': 'no-store',
      'x-error-code': 'invalid_input',
    };
    expect(responseHeaders(received, 200)).toEqual({ ...received, vary: 'Authorization' });
  });

  it.each([
    'connection',
    'keep-alive',
    'proxy-authenticate',
    'proxy-authorization',
    'proxy-connection',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
  ])('drops %s, which is for one hop only', (name) => {
    expect(responseHeaders({ [name]: 'x', etag: '"7"' }, 200)).toEqual({ etag: '"7"', vary: 'Authorization' });
  });

  it('drops the fields that Connection names, in any case', () => {
    const received = { connection: 'close, X-Inner ,etag', 'x-inner': 'secret', etag: '"7"', 'x-outer': 'said' };
    expect(responseHeaders(received, 200)).toEqual({ 'x-outer': 'said', vary: 'Authorization' });
  });

  it.each([
    ['server', 'stats/1'],
    ['x-powered-by', 'Stats'],
    ['set-cookie', ['a=1', 'b=2']],
    ['x-request-id', 'inner'],
    ['x-ratelimit-limit', '1'],
    ['x-ratelimit-remaining', '0'],
    ['x-ratelimit-reset', '0'],
    ['x-ratelimit-used', '1'],
    ['x-ratelimit-resource', 'inner'],
    ['ratelimit', '"inner";r=0;t=1'],
    ['ratelimit-policy', '"inner";q=1;w=1'],
    ['ratelimit-limit', '1'],
    ['ratelimit-reset', '1'],
  ])('drops %s, which only the gateway sets', (name, value) => {
    expect(responseHeaders({ [name]: value }, 200)).toEqual({ vary: 'Authorization' });
  });

  it.each([
    [undefined, 'Authorization'],
    ['', 'Authorization'],
    ['Accept-Encoding', 'Accept-Encoding, Authorization'],
    ['Accept, Accept-Encoding', 'Accept, Accept-Encoding, Authorization'],
    ['authorization', 'authorization'],
    ['Accept , AUTHORIZATION', 'Accept , AUTHORIZATION'],
    ['X-Authorization', 'X-Authorization, Authorization'],
    ['*', '*'],
  ])('makes Vary: %s into %s', (received, sent) => {
    expect(responseHeaders(received === undefined ? {} : { vary: received }, 200).vary).toBe(sent);
  });

  it.each([
    ['public', 'private'],
    ['Public, max-age=60', 'private, max-age=60'],
    ['s-maxage=600', 'private'],
    ['max-age=60, S-MaxAge=600', 'private, max-age=60'],
    ['public, s-maxage=600, max-age=60, stale-while-revalidate=5', 'private, max-age=60, stale-while-revalidate=5'],
    ['private, s-maxage=600', 'private'],
    ['no-store, public', 'private, no-store'],
    ['private', 'private'],
    ['no-store', 'no-store'],
    ['max-age=60, must-understand', 'max-age=60, must-understand'],
    ['publication=1', 'publication=1'],
  ])('makes Cache-Control: %s into %s', (received, sent) => {
    expect(responseHeaders({ 'cache-control': received }, 200)['cache-control']).toBe(sent);
  });

  it('invents no Cache-Control', () => {
    expect(responseHeaders({}, 200)).not.toHaveProperty('cache-control');
  });

  it('keeps the length in a 304, and drops it from a 204', () => {
    expect(responseHeaders({ 'content-length': '5' }, 304)['content-length']).toBe('5');
    expect(responseHeaders({ 'content-length': '5' }, 204)).not.toHaveProperty('content-length');
  });
});

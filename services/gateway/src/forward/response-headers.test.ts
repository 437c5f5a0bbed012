import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { AnswerHead } from './judge-upstream-answer.ts';
import { answerFields, type ResponseFieldsOptions, responseFields } from './response-headers.ts';

type Fields = readonly (readonly [name: string, value: string])[];

const analytics: ResponseFieldsOptions['route'] = {
  credential: { kind: 'api_key', scope: 'sites:read', tenantParameter: 'orgId' },
  responseHeaders: new Set(),
};
const origin = 'https://api.test:8443';

const head = (fields: Fields, status = 200): AnswerHead => ({ status, fields: fields.flat(), reasonPhrase: 'OK' });

/** The fields of the answer but for `Vary: Authorization`, which every answer has. */
function sent(fields: Fields, { status = 200, route = analytics } = {}): [string, string][] {
  const flat = responseFields(head(fields, status), { route, origin });
  const pairs: [string, string][] = [];
  for (let index = 0; index < flat.length; index += 2) pairs.push([flat[index] ?? '', flat[index + 1] ?? '']);
  const vary = pairs.findIndex(([name, value]) => name === 'Vary' && value === 'Authorization');
  if (vary !== -1) pairs.splice(vary, 1);
  return pairs;
}
const valueMade = (name: string, received: string) => new Map(sent([[name, received]])).get(name);

describe('responseFields', () => {
  it('keep the listed fields as they came, the length last', () => {
    const listed: Fields = [...answerFields]
      .filter((name) => !['vary', 'cache-control', 'location'].includes(name))
      .map((name) => [name.toUpperCase(), 'x \xe9\xff'] as const);
    const content: Fields = [
      ['Content-Type', 'text/csv'],
      ['content-disposition', 'attachment; filename="\xc4\x8d.csv"'],
      ['Content-Something-New', '1'],
      ['Link', '<a>; rel=next'],
      ['Link', '<b>; rel=last'],
    ];
    expect(sent([['Content-Length', '2'], ...listed, ...content])).toEqual([
      ...listed,
      ...content,
      ['Content-Length', '2'],
    ]);
  });

  it('are the fields that docs/http-api.md names', () => {
    const document = readFileSync(new URL('../../../../docs/http-api.md', import.meta.url), 'utf8');
    const [, list = ''] = /^Of an upstream’s answer a caller gets (.*?)\.$/ms.exec(document) ?? [];
    const names = [...list.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name);
    expect(new Set(names)).toEqual(answerFields);
  });

  it.each([
    'Connection',
    'Keep-Alive',
    'Proxy-Authenticate',
    'Proxy-Connection',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
    'Server',
    'Set-Cookie',
    'WWW-Authenticate',
    'X-Powered-By',
    'X-Request-Id',
    'X-Error-Code',
    'X-RateLimit-Limit',
    'RateLimit',
    'Expires',
    'CDN-Cache-Control',
    'Content_Length',
    'constructor',
    '__proto__',
  ])('drop %s', (name) => {
    expect(sent([[name, 'x']])).toEqual([]);
  });

  it('of the key service have its challenge and its error code too', () => {
    const route = { ...analytics, credential: { kind: 'session' } } as const;
    const own: Fields = [
      ['WWW-Authenticate', 'Bearer'],
      ['X-Error-Code', 'invalid_session'],
    ];
    expect(sent([...own, ['Set-Cookie', 'a=b']], { route })).toEqual(own);
  });

  it('have what the row of the route lets pass besides', () => {
    const route = { ...analytics, responseHeaders: new Set(['x-total']) };
    expect(
      sent(
        [
          ['X-Total', '7'],
          ['X-Totals', '8'],
        ],
        { route },
      ),
    ).toEqual([['X-Total', '7']]);
  });

  it('have nothing that Connection names, in any of its lines', () => {
    const received: Fields = [
      ['Connection', 'close, ETag '],
      ['connection', 'AGE'],
      ['etag', '"7"'],
      ['Age', '3'],
      ['Date', 'now'],
    ];
    expect(sent(received)).toEqual([['Date', 'now']]);
  });

  it.each([
    ['/elsewhere', true],
    ['?page=2', true],
    ['page/2', true],
    ['https://api.test:8443/elsewhere', true],
    ['HTTPS://API.test:8443', true],
    ['http://api.test:8443/', false],
    ['https://api.test/', false],
    ['https://api.test:8443@evil.test/', false],
    ['//evil.test/', false],
    ['\\\\evil.test', false],
    ['/\\evil.test', false],
    ['http://127.0.0.1:8082/inner', false],
    ['javascript:alert(1)', false],
    ['https://[', false],
  ])('let Location: %s pass: %s', (location, passes) => {
    expect(sent([['Location', location]])).toEqual(passes ? [['Location', location]] : []);
  });

  it('let a relative Location pass for a caller without a Host', () => {
    const options = { route: analytics, origin: 'http://undefined' };
    expect(responseFields(head([['Location', '/a']]), options)).toContain('/a');
    expect(responseFields(head([['Location', 'http://evil.test']]), options)).not.toContain('Location');
  });

  it.each([
    ['Accept-Encoding', 'Accept-Encoding, Authorization'],
    ['Accept, Accept-Encoding', 'Accept, Accept-Encoding, Authorization'],
    ['authorization', 'authorization'],
    ['Accept , AUTHORIZATION', 'Accept , AUTHORIZATION'],
    ['X-Authorization', 'X-Authorization, Authorization'],
    ['*', '*'],
  ])('makes Vary: %s into %s', (received, made) => {
    expect(valueMade('Vary', received) ?? 'Authorization').toBe(made);
  });

  it.each([
    ['public', 'private'],
    ['Public, max-age=60', 'private, max-age=60'],
    ['s-maxage=600', 'private'],
    ['max-age=60, S-MaxAge=600', 'private, max-age=60'],
    ['public, s-maxage=600, max-age=60, stale-while-revalidate=5', 'private, max-age=60, stale-while-revalidate=5'],
    ['private, s-maxage=600', 'private'],
    ['must-revalidate', 'private, must-revalidate'],
    ['max-age=60, Proxy-Revalidate', 'private, max-age=60'],
    ['private="x-a", must-revalidate', 'private, private="x-a", must-revalidate'],
    ['private, must-revalidate', 'private, must-revalidate'],
    ['no-store, public', 'private, no-store'],
    ['private', 'private'],
    ['no-store', 'no-store'],
    ['max-age=60, must-understand', 'max-age=60, must-understand'],
    ['publication=1', 'publication=1'],
  ])('makes Cache-Control: %s into %s', (received, made) => {
    expect(valueMade('Cache-Control', received)).toBe(made);
  });

  it('join several lines of Vary and of Cache-Control before they are judged', () => {
    const received: Fields = [
      ['Vary', 'Accept'],
      ['Cache-Control', 'max-age=60'],
      ['vary', 'Range'],
      ['cache-control', 'public'],
    ];
    expect(sent(received)).toEqual([
      ['Cache-Control', 'private, max-age=60'],
      ['Vary', 'Accept, Range, Authorization'],
    ]);
  });

  it('always have Vary, and invent no Cache-Control', () => {
    expect(responseFields(head([]), { route: analytics, origin })).toEqual(['Vary', 'Authorization']);
  });

  it('keep the length in a 304, and drop it from a 204', () => {
    expect(sent([['Content-Length', '5']], { status: 304 })).toEqual([['Content-Length', '5']]);
    expect(sent([['Content-Length', '5']], { status: 204 })).toEqual([]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { organizationA, organizationB } from '../harness.ts';
import { annotations, expectClean, expectForwarded, expectRefused, site, sites, useThreeSides } from './three-sides.ts';

const organization = `/api/v1/organizations/${organizationA}`;

describe('P: request target and path confusion', () => {
  const sides = useThreeSides();

  const sendTarget = (target: string) => sides.send(sides.head({ target }));

  it('P01 forwards the plain path', async () => {
    expectForwarded(await sendTarget(sites));
    expect(sides.upstream.seen.map(({ target }) => target)).toEqual([sites]);
    for (const request of sides.upstream.seen) expectClean(request, sides.key);
  });

  it.each<[id: string, what: string, targets: readonly string[]]>([
    ['P02', 'dot segments', [`${sites}/../../x`, `${sites}/..`, `${sites}/.`]],
    ['P03', 'a dot segment inside', [`/api/v1/organizations/./${organizationA}/sites`]],
    ['P04', 'encoded dot segments', [`${sites}/%2e%2e/api-keys`, `${sites}/%2E%2E/api-keys`]],
    ['P05', 'half-encoded dot segments', [`${sites}/.%2E/api-keys`, `${sites}/%2E./api-keys`]],
    ['P06', 'dot segments encoded twice and three times', [`${sites}/%252e%252e/x`, `${sites}/%25252e%25252e/x`]],
    ['P07', 'an encoded slash', [`${sites}%2fabc`, `${sites}%2Fabc`]],
    ['P08', 'encoded backslashes', [`${sites}%5c..%5cx`, `${sites}%5C..%5Cx`]],
    ['P09', 'backslashes', [`${sites}\\..\\x`, `${sites}\\`]],
    ['P10', 'a foreign authority', [`//evil.test${sites}`, `//evil.test:80${sites}`]],
    [
      'P11',
      'double slashes',
      [`/api/v1//organizations/${organizationA}/sites`, `${sites}//`, `${sites}///x`, `/${sites}`],
    ],
    ['P12', 'user information', [`//u@evil.test:1${sites}`, `//u:p@evil.test${sites}`]],
    ['P13', 'a backslash authority', [`/\\evil.test${sites}`, `\\\\evil.test${sites}`, `/\\/evil.test${sites}`]],
    ['P14', 'path parameters', [`${sites};x=1`, `${sites};/x`, `/api/v1;v=1/organizations/${organizationA}/sites`]],
    ['P15', 'path parameters at dot segments', [`${sites}/..;/api-keys`, `${sites}/;/../x`, `${sites}/.;/x`]],
    ['P16', 'a trailing slash', [`${sites}/`]],
    ['P17', 'trailing dots', [`${sites}.`, `${sites}..`, `${sites}...`]],
    ['P18', 'blanks in disguise', [`${sites}%20`, `${sites}%09`, `${sites}+`]],
    ['P20', 'over-long UTF-8', ['%c0%ae%c0%ae/x', '%c0%af', '%e0%80%ae', '%uff0e'].map((tail) => `${sites}/${tail}`)],
    [
      'P21',
      'characters that look like others',
      ['%ef%bc%8e%ef%bc%8e', '%e2%80%ae', '%cc%81'].map((tail) => `${sites}/${tail}`),
    ],
    ['P22', 'an encoded NUL', [`${sites}%00`, `${sites}%00/../x`, `${sites}/.%00./x`]],
    [
      'P23',
      'raw control characters and 8-bit bytes',
      Array.from({ length: 256 }, (_, byte) => byte)
        .filter((byte) => byte <= 0x20 || byte >= 0x7f)
        // Line ends belong to another row.
        .filter((byte) => ![0x0a, 0x0d, 0x20].includes(byte))
        .map((byte) => `${sites}/a${String.fromCharCode(byte)}b`),
    ],
    ['P24', 'broken percent escapes', ['%zz', '%', '%1', '%%0000'].map((tail) => `${sites}/${tail}`)],
    ['P25', 'encoded line ends', [`${sites}%0d%0aX-Org-Id:%20B`, `${sites}%0aSet-Cookie:x`, `${sites}%0D`]],
    ['P26', 'fragments', [`${sites}#/../api-keys`, `${sites}%23x`, '/#', '#', `${sites}#`]],
    ['P27', 'absolute form', [`http://api.test${sites}`, `HTTP://api.test${sites}`]],
    ['P28', 'absolute form of another host', [`http://evil.test${sites}`, `http://127.0.0.1:9080/metrics`]],
    [
      'P29',
      'other schemes',
      [
        `https://evil.test:99${sites}`,
        `ws://api.test${sites}`,
        'ftp://api.test/',
        'file:///etc/passwd',
        `http://u:p@evil.test${sites}`,
      ],
    ],
    ['P30', 'opaque forms', [`http:${sites}`, 'foo:bar', 'http:///x', 'http:/x', 'mailto:a']],
    ['P31', 'asterisk form', ['*']],
    ['P32', 'no leading slash, or nothing', [sites.slice(1), '?x', '', '.', '@']],
    [
      'P33',
      'an authority inside the path',
      [`/http://evil.test${sites}`, `/@evil.test${sites}`, `/evil.test:80${sites}`],
    ],
    [
      'P37',
      'a query outside the grammar',
      ['?x=%', '?x=%4', '?x=%zz', '?x=\\', '?x=#y', '?x=\0', '?x=\xff', '?x=\t'].map((query) => sites + query),
    ],
    ['P38', 'an encoded question mark', [`${sites}%3fperiod=1`, `${sites}%3F`]],
    [
      'P39',
      'characters outside the set',
      ['[x]', '{x}', '|x', '^x', '`x', '"x"', "'x'", '<x>', '!x', '$x', '&x', '(x)', '*', ',', '=', '~x'].map(
        (tail) => `${sites}/${tail}`,
      ),
    ],
  ])('%s refuses %s before authentication', async (_id, _what, targets) => {
    const asked = sides.gateway.introspections();
    for (const target of targets) expectRefused(await sendTarget(target), 'bad_request');
    expect(sides.upstream.seen).toEqual([]);
    expect(sides.gateway.introspections()).toBe(asked);
  });

  it('P19 accepts the path in no other case', async () => {
    for (const target of [
      sites.toUpperCase(),
      sites.replace('/api', '/API'),
      sites.replace(organizationA, 'ORG_a'),
      `${organization}/Sites`,
    ])
      expectRefused(await sendTarget(target), 'not_found');
    expect(sides.upstream.seen).toEqual([]);
  });

  it('P34 refuses other blanks in the request line, or forwards the canonical line', async () => {
    const { head } = sides;
    const variants = [
      head().replace('GET ', 'GET  '),
      head().replace(' HTTP/1.1', '  HTTP/1.1'),
      head().replace(' HTTP/1.1', ' HTTP/1.1 '),
      head().replace('GET ', 'GET\t'),
      head().replace(' HTTP/1.1', '\tHTTP/1.1'),
      head().replace('GET ', 'GET\x0b'),
    ];
    for (const bytes of variants) {
      sides.upstream.seen.length = 0;
      const outcome = await sides.send(bytes);
      if (outcome.answers[0]?.status === 200) expect(sides.upstream.seen.map(({ target }) => target)).toEqual([sites]);
      else expectRefused(outcome, 'bad_request');
    }
  });

  it.each([
    [
      'P35',
      'repeated and odd parameters',
      ['?period=30d&period=7d', '?period[]=1', '?__proto__[x]=1', '?a=%00%2e%2e%2f'],
    ],
    ['P36', 'more question marks', ['?a=1?b=2', '??', '?', '?x=/../..', '?//evil.test', '?@', '?a=http://evil.test/']],
  ])('%s forwards %s byte for byte, and decides by the path alone', async (_id, _what, queries) => {
    for (const query of queries) expectForwarded(await sendTarget(sites + query));
    expect(sides.upstream.seen.map(({ target }) => target)).toEqual(queries.map((query) => sites + query));
    for (const request of sides.upstream.seen) expectClean(request, sides.key);
  });

  it('P40 answers 414 to an over-long path and 431 to an over-long head, and closes', async () => {
    expectRefused(await sendTarget(`${sites}/${'a/'.repeat(1_020)}b`), 'uri_too_long');
    expectRefused(await sendTarget(`/${'a'.repeat(2_048)}`), 'uri_too_long');
    expectRefused(await sendTarget(`/${'a'.repeat(9_000)}`), 'uri_too_long');
    expectRefused(await sendTarget(`${sites}?${'q'.repeat(4_097)}`), 'uri_too_long');
    expectRefused(await sendTarget(`/${'a'.repeat(20_000)}`), 'headers_too_large');
    expect(sides.upstream.seen).toEqual([]);
  });

  it('P41 refuses a segment of 129 characters, and knows no route of a thousand segments', async () => {
    expectRefused(await sendTarget(`${site}/analytics/${'a'.repeat(129)}`), 'bad_request');
    expectRefused(await sendTarget('/a'.repeat(1_000)), 'not_found');
    expect(sides.upstream.seen).toEqual([]);
    expectForwarded(await sendTarget(`${site}/analytics/${'a'.repeat(128)}`));
  });

  it('P42 accepts the key’s own organization and no other', async () => {
    const others = [
      organizationB,
      'a',
      'null',
      'undefined',
      '-1',
      '0',
      'constructor',
      '__proto__',
      'toString',
      'orga',
      'org_A',
      'org_a_',
    ];
    for (const other of others) expectRefused(await sendTarget(`/api/v1/organizations/${other}/sites`), 'not_found');
    for (const other of [
      `${organizationA}%00`,
      `${organizationA},${organizationB}`,
      `${organizationA}%20`,
      `${organizationA};${organizationB}`,
    ])
      expectRefused(await sendTarget(`/api/v1/organizations/${other}/sites`), 'bad_request');
    expect(sides.upstream.seen).toEqual([]);
  });

  it('P43 knows no path of two organizations', async () => {
    for (const target of [
      `${organization}/organizations/${organizationB}/sites`,
      `/api/v1/organizations/${organizationB}/organizations/${organizationA}/sites`,
    ])
      expectRefused(await sendTarget(target), 'not_found');
    expect(sides.upstream.seen).toEqual([]);
  });

  it('P44 matches no path that only resembles a route', async () => {
    expectRefused(await sendTarget(`${site}/analytics/stats/../../../api-keys`), 'bad_request');
    for (const target of [
      `${site}/analytics`,
      `${site}/goalsX`,
      `${sites}X`,
      `${site}/goals/goal_1/statsX`,
      `/api/v2/organizations/${organizationA}/sites`,
      `/api/v1/organization/${organizationA}/sites`,
      '/api/v1',
      '/',
    ])
      expect((await sendTarget(target)).answers[0]?.status).toBe(target === '/' ? 400 : 404);
    expect(sides.upstream.seen).toEqual([]);
  });

  it('P45 exposes no internal endpoint, and gives an API key no session route', async () => {
    for (const target of ['/internal/introspect', '/internal', '/metrics', '/health', '/healthz', '/livez', '/readyz'])
      expectRefused(await sendTarget(target), 'not_found');
    sides.gateway.received.length = 0;
    for (const target of [
      `${organization}/api-keys`,
      `${organization}/api-keys/key_1`,
      '/api/v1/auth/session',
      organization,
    ])
      expectRefused(await sendTarget(target), 'invalid_session');
    expect(sides.gateway.received).toEqual([]);
    expect(sides.upstream.seen).toEqual([]);
  });

  it('P46 refuses targets outside the grammar, alone and behind a request with a body', async () => {
    for (const target of ['/etc/passwd%00', '/../../../../etc/passwd', '..\\..\\windows\\win.ini']) {
      expectRefused(await sendTarget(target), 'bad_request');
      expectRefused(
        await sides.send(
          sides.head({ method: 'POST', target: `${annotations}${target}`, lines: ['Content-Length: 0'] }),
        ),
        'bad_request',
      );
    }
    expect(sides.upstream.seen).toEqual([]);
  });
});

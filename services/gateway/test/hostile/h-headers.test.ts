import { gzipSync } from 'node:zlib';
import { hashApiKey } from '@engagetrack/api-key';
import { fieldOf, seenField } from '@engagetrack/hostile-input';
import { describe, expect, it } from '@jest/globals';
import { organizationA, organizationB } from '../harness.ts';
import { annotations, expectClean, expectForwarded, expectRefused, sites, useThreeSides } from './three-sides.ts';

describe('H: authorization and other headers', () => {
  const sides = useThreeSides();

  const sendLines = (...lines: readonly string[]) => sides.send(sides.head({ lines }));
  const sendCredential = (authorization: string | null) => sides.send(sides.head({ authorization }));
  const onlySeen = () => {
    expect(sides.upstream.seen).toHaveLength(1);
    const [request] = sides.upstream.seen;
    if (request === undefined) throw new Error('The upstream saw nothing');
    expectClean(request, sides.key);
    return request;
  };
  const refuseCredentials = async (...credentials: readonly (string | null)[]) => {
    const asked = sides.gateway.introspections();
    for (const credential of credentials) expectRefused(await sendCredential(credential), 'invalid_key');
    expect(sides.upstream.seen).toEqual([]);
    return sides.gateway.introspections() - asked;
  };

  it('H01 refuses a missing and an empty credential', async () => {
    expect(await refuseCredentials(null, '', 'Bearer', 'Bearer ', ' ')).toBe(0);
  });

  it('H02 takes the scheme in any case', async () => {
    for (const scheme of ['bearer', 'BEARER', 'bEaReR'])
      expectForwarded(await sendCredential(`${scheme} ${sides.key.key.reveal()}`));
  });

  it('H03 takes one or more blanks behind the scheme, and no other character', async () => {
    const key = sides.key.key.reveal();
    expect(await refuseCredentials(`Bearer\t${key}`, `Bearer \t${key}`, `Bearer${key}`, `Bearer\xa0${key}`)).toBe(0);
    for (const blanks of [2, 3, 200])
      expectForwarded(await sides.send(sides.head({ authorization: `Bearer${' '.repeat(blanks)}${key}` })));
    expectForwarded(await sides.send(sides.head({ authorization: `  Bearer ${key} \t` })));
  });

  it('H04 refuses two credentials in two fields', async () => {
    const key = sides.key.authorization;
    const other = sides.gateway.issueKey({ organizationId: organizationB }).authorization;
    const revoked = sides.gateway.issueKey();
    await sides.gateway.markRevoked(revoked.keyId);
    for (const second of [key, other, revoked.authorization, 'Basic YTpi', ''])
      for (const [first, last] of [
        [key, second],
        [second, key],
      ])
        expectRefused(
          await sides.send(sides.head({ authorization: first ?? '', lines: [`authorization: ${last}`] })),
          'bad_request',
        );
    expect(sides.upstream.seen).toEqual([]);
  });

  it('H05 refuses two credentials in one field', async () => {
    const key = sides.key.authorization;
    expect(await refuseCredentials(`${key}, ${key}`, `${key},`, `${key} ${key}`, `, ${key}`)).toBe(0);
  });

  it('H06 refuses every other scheme', async () => {
    const key = sides.key.key.reveal();
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    expect(
      await refuseCredentials(
        ...[
          basic(`${key}:`),
          basic(`user:${key}`),
          `Digest ${key}`,
          `Token ${key}`,
          `ApiKey ${key}`,
          key,
          `Bearer: ${key}`,
        ],
      ),
    ).toBe(0);
  });

  it('H07 takes a key from no other place, and writes none of it to the log', async () => {
    const key = sides.key.key.reveal();
    sides.gateway.logLines.length = 0;
    const target = `${sites}?api_key=${key}&access_token=${key}&key=${key}`;
    const lines = [
      `X-API-Key: ${key}`,
      `Cookie: api_key=${key}`,
      `Proxy-Authorization: Bearer ${key}`,
      `Referer: https://a.test/?${key}`,
    ];
    expectRefused(await sides.send(sides.head({ target, authorization: null, lines })), 'invalid_key');
    const body = `access_token=${key}`;
    expectRefused(
      await sides.send(
        sides.head({
          method: 'POST',
          target: annotations,
          authorization: null,
          lines: [`Content-Length: ${body.length}`],
        }) + body,
      ),
      'invalid_key',
    );
    expect(sides.gateway.logLines.length).toBeGreaterThan(1);
    expect(sides.gateway.logLines.join('')).not.toContain(key.slice('et_live_'.length));
    expect(sides.upstream.seen).toEqual([]);
  });

  it('H08 refuses a text without the form of a key, without a question to the authority', async () => {
    const digits = sides.key.key.reveal().slice('et_live_'.length);
    const fullWidth = Buffer.from('ａｆ１'.repeat(11), 'utf8').toString('latin1');
    const forms = [
      ...[
        digits.slice(1),
        `${digits}0`,
        '',
        'a'.repeat(10_000),
        digits.toUpperCase().replace(/^[0-9]+$/, 'A'),
        `${digits.slice(1)}g`,
      ],
      ...[fullWidth, `${digits.slice(1)}\xff`, `${digits} `, `${digits}=`, `${digits}%00`],
    ].filter((form) => form.trim() !== digits);
    expect(await refuseCredentials(...forms.map((form) => `Bearer et_live_${form}`))).toBe(0);
    for (const broken of ['\0', '\r', '\x7f\0', '\r\n folded'])
      expectRefused(await sendCredential(`Bearer et_live_${digits}${broken}`), 'bad_request');
    expect(sides.upstream.seen).toEqual([]);
  });

  it('H09 refuses other prefixes and quotes', async () => {
    const key = sides.key.key.reveal();
    const digits = key.slice('et_live_'.length);
    const forms = [
      `et_test_${digits}`,
      `ET_LIVE_${digits}`,
      `"${key}"`,
      `'${key}'`,
      `<${key}>`,
      `et-live-${digits}`,
      digits,
    ];
    expect(await refuseCredentials(...forms.map((form) => `Bearer ${form}`))).toBe(0);
  });

  it('H10 asks about a key that never existed at most once', async () => {
    const key = sides.key.key.reveal();
    const last = key.at(-1) === '0' ? '1' : '0';
    expect(await refuseCredentials(`Bearer ${key.slice(0, -1)}${last}`)).toBe(1);
  });

  it('H11 refuses facts about a key: its hash, its id, its preview', async () => {
    const { key, keyId } = sides.key;
    const forms = [
      hashApiKey(key),
      keyId,
      `et_live_...${key.lastFour}`,
      `et_live_${hashApiKey(key)}`,
      `et_live_${hashApiKey(key).slice(0, 32)}`,
    ];
    const asked = await refuseCredentials(...forms.map((form) => `Bearer ${form}`));
    // The last has the form of a key, but no key is behind it.
    expect(asked).toBe(1);
  });

  it('H12 refuses a session token on data', async () => {
    expect(await refuseCredentials(`Bearer et_session_${'A'.repeat(43)}`)).toBe(0);
  });

  it('H13 refuses malformed field lines', async () => {
    for (const line of [
      'X-A : b',
      'X-A\t: b',
      'X-A: a\r b',
      'X-A: a\rb',
      'X-A: a\nb',
      'X-A: a\0b',
      'no colon',
      ': b',
      'X\xc4: b',
      'X A: b',
      'X(A): b',
      'X-A\0: b',
      ' X-A: b',
    ])
      expectRefused(await sendLines(line), 'bad_request');
    expectRefused(await sendLines('X-A: a', ' folded'), 'bad_request');
    expect(sides.upstream.seen).toEqual([]);
  });

  it.each([
    ['once', ['X-Org-Id: org_b']],
    ['twice', ['X-Org-Id: org_b', 'X-Org-Id: org_b']],
    [
      'in any case',
      [
        'x-org-id: org_b',
        'X-ORG-ID: org_b',
        'x-api-KEY-id: key_victim',
        'X-Auth-SCOPES: goals:write',
        'x-auth-type: session',
      ],
    ],
    ['with an internal token', ['X-Internal-Token: guess', 'X-Et-Key-Id: key_victim', 'X-Et-Scopes: goals:write']],
  ])('H14 lets no spoofed identity through, sent %s', async (_how, lines) => {
    expectForwarded(await sendLines(...lines));
    const request = onlySeen();
    expect(request.head).not.toMatch(/org_b|victim|guess/);
  });

  it('H15 drops names that some readers take for others', async () => {
    for (const name of [
      'X_Org_Id',
      'X-Org_Id',
      'x.org.id',
      'HTTP_X_ORG_ID',
      'Content_Length',
      'Transfer.Encoding',
      'SFDC_STACK_DEPTH',
      'Accept_Language',
      '_',
      '.',
    ]) {
      sides.upstream.seen.length = 0;
      expectForwarded(await sendLines(`${name}: org_b`, `${name}: org_b`));
      expect(onlySeen().head).not.toContain('org_b');
    }
  });

  it('H16 refuses a Connection that names a field of ours, and ignores other names', async () => {
    for (const name of [
      'x-org-id',
      'authorization',
      'host',
      'content-length',
      'X-Request-Id',
      'x-forwarded-for',
      'if-none-match',
      'close;x',
      '"close"',
    ])
      for (const connection of [`close, ${name}`, name, `${name},close`])
        expectRefused(await sides.send(sides.head({ connection })), 'bad_request');
    expectRefused(await sides.send(sides.head({ lines: ['Connection: x-org-id'] })), 'bad_request');
    expect(sides.upstream.seen).toEqual([]);
    for (const connection of [
      'close, cookie',
      'x-trace, close',
      'close, *',
      'SFDC_STACK_DEPTH,close',
      'Upgrade, close',
    ]) {
      sides.upstream.seen.length = 0;
      expectForwarded(await sides.send(sides.head({ connection, lines: ['X-Trace: marker', 'Cookie: marker'] })));
      const request = onlySeen();
      expect(request.head).not.toContain('marker');
      expect(seenField(request, 'connection').join().toLowerCase()).toMatch(/^(keep-alive|close)$/);
    }
  });

  it('H17 strips the fields of one hop', async () => {
    for (const lines of [
      ['Proxy-Connection: close'],
      ['Keep-Alive: max=1'],
      ['Proxy-Connection: keep-alive', 'Keep-Alive: timeout=1000'],
    ])
      expectForwarded(await sendLines(...lines));
    expectForwarded(await sides.send(sides.head({ connection: 'TE, close', lines: ['TE: deflate,gzip;q=0.3'] })));
    expect(sides.upstream.seen).toHaveLength(4);
    for (const request of sides.upstream.seen) {
      expectClean(request, sides.key);
      expect(seenField(request, 'connection').join().toLowerCase()).toMatch(/^(keep-alive|close)$/);
    }
  });

  it('H18 survives and strips Trailer, TE and the fields of proxies', async () => {
    for (const lines of [
      ['TE: trailers, deflate'],
      ['Trailer: x'],
      ['Trailer: Content-Length'],
      ['Proxy-Authorization: Basic YTpi'],
      ['Proxy-Authenticate: Basic'],
      ['Trailer: x', 'TE: trailers', 'Expect: 100-continue'],
    ])
      expectForwarded(await sendLines(...lines));
    expectForwarded(
      await sides.send(
        `${sides.head({ method: 'POST', target: annotations, lines: ['Trailer: x', 'Transfer-Encoding: chunked'] })}1\r\na\r\n0\r\nx: y\r\n\r\n`,
      ),
    );
    expect(sides.upstream.seen).toHaveLength(7);
    for (const request of sides.upstream.seen) expectClean(request, sides.key);
  });

  it('H19 gives the upstream our identity with any Expect field', async () => {
    for (const expectation of ['100-continue', '100-Continue', '200-ok', '', '100-continue, x']) {
      sides.upstream.seen.length = 0;
      expectForwarded(await sendLines(`Expect: ${expectation}`, 'X-Org-Id: org_b', 'X-Api-Key-Id: key_victim'));
      expect(onlySeen().head).not.toMatch(/org_b|victim|expect/i);
      const outcome = await sides.send([
        sides.head({
          method: 'POST',
          target: annotations,
          lines: [`Expect: ${expectation}`, 'Content-Length: 5', 'X-Org-Id: org_b'],
        }),
        'hello',
      ]);
      expectForwarded(outcome);
      expect(sides.upstream.seen[1]?.body).toBe('hello');
      for (const request of sides.upstream.seen) expectClean(request, sides.key);
    }
  });

  it('H20 wants one well-formed Host, and tells the upstream its own', async () => {
    const missing = sides.head().replace('Host: api.test\r\n', '');
    expectRefused(await sides.send(missing), 'bad_request');
    for (const host of [
      '',
      'a/b?c@d',
      'api.test:99999',
      'api.test:',
      'a b',
      'u@api.test',
      '[::1',
      '::1',
      'a,b',
      'api.test:80:80',
      'http://api.test',
      '[::1]x',
      'a\\b',
      'api.test#',
    ])
      expectRefused(await sides.send(sides.head({ host })), 'bad_request');
    expectRefused(await sendLines('Host: api.test'), 'bad_request');
    expectRefused(await sendLines('HOST: other.test'), 'bad_request');
    expectRefused(
      await sides.send(sides.head({ target: `http://api.test${sites}`, host: 'evil.test' })),
      'bad_request',
    );
    expect(sides.upstream.seen).toEqual([]);
    for (const host of ['evil', 'API.test:443', '[::1]:8080', '127.0.0.1']) {
      expectForwarded(await sides.send(sides.head({ host })));
      expect(seenField(onlySeen(), 'host')).toEqual([`127.0.0.1:${sides.upstream.port}`]);
      sides.upstream.seen.length = 0;
    }
  });

  it('H21 removes every field about the request’s origin, and makes its own from the socket', async () => {
    const names = [
      ...[
        'X-Forwarded-For',
        'X-Forwarded-Host',
        'X-Forwarded-Proto',
        'X-Forwarded-Prefix',
        'X-Forwarded-Port',
        'Forwarded',
      ],
      ...[
        'X-Real-IP',
        'True-Client-IP',
        'CF-Connecting-IP',
        'X-Client-IP',
        'X-Cluster-Client-IP',
        'X-Original-URL',
        'X-Rewrite-URL',
      ],
      ...['X-Forwarded-Uri', 'X-Original-Method', 'X-Host', 'Via', 'X-Original-Host', 'X-ProxyUser-Ip', 'Base-Url'],
    ];
    expectForwarded(await sendLines(...names.map((name) => `${name}: marker.evil`)));
    const request = onlySeen();
    expect(request.head).not.toContain('marker.evil');
    expect(seenField(request, 'x-forwarded-for')).toEqual(['127.0.0.1']);
    expect(seenField(request, 'x-forwarded-proto')).toEqual(['http']);
    expect(seenField(request, 'x-forwarded-host')).toEqual([]);
  });

  it('H22 forwards no cookie and no referrer', async () => {
    const key = sides.key.key.reveal();
    expectForwarded(
      await sendLines(
        'Cookie: session=marker',
        'Set-Cookie: a=marker',
        'X-CSRF: marker',
        `Referer: https://a.test/?marker=${key}`,
        'Origin: https://marker.test',
      ),
    );
    expect(onlySeen().head).not.toContain('marker');
  });

  it('H23 replaces a malformed request id and a malformed trace', async () => {
    const ids = ['a\tb', 'x'.repeat(10_000), "1' OR '1'='1", 'short', '%0d%0aX-Org-Id:org_b'];
    for (const id of ids) {
      sides.upstream.seen.length = 0;
      const answer = expectForwarded(await sendLines(`X-Request-Id: ${id}`, `traceparent: ${id.slice(0, 500)}`));
      expect(fieldOf(answer, 'x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      const request = onlySeen();
      expect(seenField(request, 'x-request-id')).toEqual([fieldOf(answer, 'x-request-id')]);
      expect(seenField(request, 'traceparent').join()).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
    }
    expectRefused(await sendLines('X-Request-Id: aaaaaaaa', 'X-Request-Id: bbbbbbbb'), 'bad_request');
  });

  it('H24 forwards conditions and ranges, and passes 206 and 304', async () => {
    const lines = [
      'Range: bytes=0-1',
      'If-None-Match: "1"',
      'If-Modified-Since: Sat, 14 Mar 2026 12:00:18 GMT',
      'Accept-Encoding: gzip;q=0',
      'Accept: */*',
    ];
    for (const status of ['206 Partial Content', '304 Not Modified']) {
      sides.upstream.respondWith(
        () =>
          `HTTP/1.1 ${status}\r\nServer-Timing: upstream\r\nETag: "1"\r\n${status.startsWith('206') ? 'Content-Length: 2\r\nContent-Range: bytes 0-1/9\r\n\r\nab' : '\r\n'}`,
      );
      const outcome = await sendLines(...lines);
      expect(outcome.answers.map((answer) => answer.status)).toEqual([Number(status.slice(0, 3))]);
    }
    sides.upstream.respondWith(() => 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    for (const request of sides.upstream.seen)
      for (const line of lines) {
        const [name = '', value] = line.split(': ');
        expect(seenField(request, name.toLowerCase())).toEqual([value]);
      }
  });

  it('H25 stores nothing of its own, and tells caches that answers differ by key', async () => {
    const forwarded = (await sendLines('Cache-Control: only-if-cached', 'Pragma: no-cache')).answers[0];
    expect([forwarded?.status, forwarded && fieldOf(forwarded, 'vary')]).toEqual([200, 'Authorization']);
    for (const refused of [
      await sendCredential(null),
      await sendLines('X A: b'),
      await sides.send(sides.head({ target: '/x' })),
      await sides.send(sides.head({ method: 'PUT' })),
    ])
      expect(refused.answers.map((answer) => fieldOf(answer, 'cache-control'))).toEqual(['no-store']);
    // The upstream's own value is kept, except directives by which a cache could serve others.
    for (const [said, kept] of [
      ['max-age=60', 'max-age=60'],
      ['public, max-age=60', 'private, max-age=60'],
    ] as const) {
      sides.upstream.respondWith(
        () => `HTTP/1.1 200 OK\r\nCache-Control: ${said}\r\nVary: Accept\r\nContent-Length: 0\r\n\r\n`,
      );
      const [answer] = (await sendLines()).answers;
      expect([answer && fieldOf(answer, 'cache-control'), answer && fieldOf(answer, 'vary')]).toEqual([
        kept,
        'Accept, Authorization',
      ]);
    }
    sides.upstream.respondWith(() => 'HTTP/1.1 200 OK\r\nServer-Timing: upstream\r\nContent-Length: 0\r\n\r\n');
  });

  it('H26 refuses more than a hundred fields, with the credential at any position', async () => {
    for (const count of [98, 99, 1_000, 2_400]) {
      const fillers = Array.from({ length: count }, (_, n) => `a${n}:`);
      const outcome = await sides.send(
        sides.head({ authorization: null, lines: [...fillers, `Authorization: ${sides.key.authorization}`] }),
      );
      expectRefused(outcome, 'headers_too_large');
    }
    expect(sides.upstream.seen).toEqual([]);
    // With Host, Connection and Authorization these are a hundred.
    expect((await sendLines(...Array.from({ length: 97 }, (_, n) => `a${n}:`))).answers[0]?.status).toBe(200);
  });

  it('H27 refuses an over-long field and an over-long head', async () => {
    expect((await sendLines(`X-A: ${'a'.repeat(8_192)}`)).answers[0]?.status).toBe(200);
    expectRefused(await sendLines(`X-A: ${'a'.repeat(17_408)}`), 'headers_too_large');
    expectRefused(
      await sendLines(...Array.from({ length: 64 }, (_, n) => `X-${n}: ${'a'.repeat(1_000)}`)),
      'headers_too_large',
    );
    expectRefused(await sides.send(sides.head({ authorization: `Bearer ${'a'.repeat(64_000)}` })), 'headers_too_large');
    expect(sides.upstream.seen).toHaveLength(1);
  });

  it('H28 is not confused by names of the object prototype', async () => {
    for (const name of ['constructor', 'hasOwnProperty', 'toString', 'valueOf', 'isPrototypeOf', 'then', 'toJSON'])
      expect((await sendLines(`${name}: y`, `${name}: z`)).answers[0]?.status).toBe(200);
    for (const name of ['__proto__', '__defineGetter__'])
      expect((await sendLines(`${name}: y`, `${name}: z`)).answers[0]?.status).toBe(200);
    for (const request of sides.upstream.seen) expectClean(request, sides.key);
  });

  it('H29 forwards a body as bytes, with any content type', async () => {
    const body = '\0\xff{"__proto__":1}\r\n\r\nGET / HTTP/1.1\r\n\r\n';
    for (const type of [
      [],
      ['Content-Type: application/json;charset=utf-7'],
      ['Content-Type: multipart/form-data; boundary=a'],
      ['Content-Type: a/b', 'Content-Encoding: gzip'],
    ]) {
      sides.upstream.seen.length = 0;
      await sides.send(
        sides.head({ method: 'POST', target: annotations, lines: [...type, `Content-Length: ${body.length}`] }) + body,
      );
      expect(onlySeen().body).toBe(body);
    }
  });

  it('T16 forwards a compressed body unchanged, and unpacks none', async () => {
    const bomb = gzipSync(Buffer.alloc(20 * 2 ** 20)).toString('latin1');
    await sides.send(
      sides.head({
        method: 'POST',
        target: annotations,
        lines: ['Content-Encoding: gzip', `Content-Length: ${bomb.length}`],
      }) + bomb,
    );
    const request = onlySeen();
    expect([seenField(request, 'content-encoding'), request.body === bomb]).toEqual([['gzip'], true]);
  });

  it('H30 takes no credential and no identity from a trailer, and forwards none', async () => {
    const chunked = ['Transfer-Encoding: chunked', 'Trailer: Authorization, X-Org-Id'];
    const trailer = `5\r\nhello\r\n0\r\nAuthorization: ${sides.key.authorization}\r\nX-Org-Id: org_b\r\n\r\n`;
    expectRefused(
      await sides.send(
        sides.head({ method: 'POST', target: annotations, authorization: null, lines: chunked }) + trailer,
      ),
      'invalid_key',
    );
    expect(sides.upstream.seen).toEqual([]);
    await sides.send(sides.head({ method: 'POST', target: annotations, lines: chunked }) + trailer);
    const request = onlySeen();
    expect([request.body, request.head.includes('org_b')]).toEqual(['hello', false]);
  });

  it('H31 binds no identity to a connection', async () => {
    const keyOfB = sides.gateway.issueKey({ organizationId: organizationB });
    const keepAlive = { connection: null };
    const outcome = await sides.send([
      sides.head(keepAlive),
      sides.head({ ...keepAlive, authorization: null }),
      sides.head({ ...keepAlive, authorization: keyOfB.authorization }),
      sides.head({ target: `/api/v1/organizations/${organizationB}/sites`, authorization: keyOfB.authorization }),
    ]);
    expect(outcome.answers.map(({ status }) => status)).toEqual([200, 401, 404, 200]);
    expect(sides.upstream.seen.map((request) => seenField(request, 'x-org-id').join())).toEqual([
      organizationA,
      organizationB,
    ]);
  });

  it('H32 drops the fields that browsers and intermediaries add', async () => {
    const lines = [
      'Early-Data: 1',
      'Alt-Used: evil.test',
      'Upgrade-Insecure-Requests: 1',
      'Sec-Fetch-Site: cross-site',
      'Sec-WebSocket-Key: AAAA',
      'DNT: 1',
      'Priority: u=1',
      'CDN-Loop: a',
      'Max-Forwards: 0',
    ];
    expect((await sendLines(...lines)).answers[0]?.status).toBe(200);
    onlySeen();
  });
});

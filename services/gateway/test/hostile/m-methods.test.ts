import { METHODS } from 'node:http';
import { fieldOf, seenField } from '@engagetrack/hostile-input';
import { describe, expect, it } from '@jest/globals';
import { organizationB } from '../harness.ts';
import { annotations, expectClean, expectForwarded, expectRefused, site, sites, useThreeSides } from './three-sides.ts';

describe('M: methods', () => {
  const sides = useThreeSides();

  it('M01 answers HEAD as GET: same scope, one unit, the same fields, no body', async () => {
    const { authorization } = sides.gateway.issueKey({ scopes: ['sites:read'] });
    const get = expectForwarded(await sides.send(sides.head({ authorization })));
    const outcome = await sides.send(sides.head({ method: 'HEAD', authorization }), { methods: ['HEAD'] });
    const head = expectForwarded(outcome);
    expect([head.body, outcome.rest]).toEqual(['', '']);
    const names = ({ fields }: typeof head) => fields.map(([name]) => name.toLowerCase());
    expect(names(head)).toEqual(names(get));
    expect([fieldOf(get, 'x-ratelimit-remaining'), fieldOf(head, 'x-ratelimit-remaining')]).toEqual(['599', '598']);
    expect(sides.upstream.seen.map(({ method }) => method)).toEqual(['GET', 'HEAD']);
    const goals = await sides.send(sides.head({ method: 'HEAD', target: `${site}/goals`, authorization }), {
      methods: ['HEAD'],
    });
    expect(goals.answers.map(({ status }) => status)).toEqual([403]);
  });

  it('M02 answers OPTIONS as any method without a key, never with CORS headers', async () => {
    const preflight = ['Origin: https://evil.test', 'Access-Control-Request-Method: GET'];
    for (const lines of [[], preflight]) {
      const answer = expectRefused(
        await sides.send(sides.head({ method: 'OPTIONS', authorization: null, lines })),
        'invalid_key',
      );
      expect(answer.fields.filter(([name]) => /^access-control-/i.test(name))).toEqual([]);
      expectRefused(await sides.send(sides.head({ method: 'OPTIONS', lines })), 'method_not_allowed');
    }
    expect(sides.upstream.seen).toEqual([]);
  });

  it('M03 refuses OPTIONS *', async () => {
    expectRefused(await sides.send(sides.head({ method: 'OPTIONS', target: '*' })), 'bad_request');
    expect(sides.upstream.seen).toEqual([]);
  });

  it('M04 never echoes a TRACE', async () => {
    const lines = ['X-Echo: do-not-echo-me'];
    const trace = await sides.send(sides.head({ method: 'TRACE', lines }));
    expectRefused(trace, 'method_not_allowed');
    expect(trace.bytes).not.toContain('do-not-echo-me');
    expectRefused(await sides.send(sides.head({ method: 'TRACK', lines })), 'bad_request');
    expect(sides.upstream.seen).toEqual([]);
  });

  it('M05 refuses CONNECT and opens no tunnel', async () => {
    for (const target of ['evil.test:80', '127.0.0.1:22', sites, '*']) {
      const outcome = await sides.send(`${sides.head({ method: 'CONNECT', target })}bytes for the tunnel`);
      expectRefused(outcome, 'bad_request');
    }
    expect(sides.upstream.seen).toEqual([]);
  });

  it('M06 refuses a text that is no method', async () => {
    for (const method of [
      'get',
      'Get',
      'GETX',
      'G\0T',
      'G ET',
      '',
      'GET:',
      '"GET"',
      'GÉT',
      '0',
      'constructor',
      'A'.repeat(5_000),
    ])
      expectRefused(await sides.send(sides.head({ method })), 'bad_request');
    expect(sides.upstream.seen).toEqual([]);
  });

  it('M07 answers another method on any route 405 in the own organization, 404 elsewhere', async () => {
    const known = new Set(['GET', 'HEAD', 'CONNECT']);
    const others = METHODS.filter((method) => !known.has(method));
    expect(others.length).toBeGreaterThan(25);
    for (const method of others) {
      const home = expectRefused(await sides.send(sides.head({ method })), 'method_not_allowed');
      expect(fieldOf(home, 'allow')).toBe('GET, HEAD');
      const target = `/api/v1/organizations/${organizationB}/sites`;
      expectRefused(await sides.send(sides.head({ method, target })), 'not_found');
    }
    expect(sides.upstream.seen).toEqual([]);
  });

  it('M08 speaks no HTTP/2', async () => {
    for (const bytes of [
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0',
      sides.head({ version: 'HTTP/2.0' }),
      sides.head({ version: 'HTTP/2' }),
    ])
      expectRefused(await sides.send(bytes), 'bad_request');
    expect(sides.upstream.seen).toEqual([]);
  });

  it('M09 takes the method from the request line only', async () => {
    const lines = ['X-HTTP-Method-Override: DELETE', 'X-HTTP-Method: DELETE', 'X-Method-Override: DELETE'];
    expectForwarded(await sides.send(sides.head({ target: `${sites}?_method=DELETE`, lines })));
    const form = '_method=DELETE';
    const type = ['Content-Type: application/x-www-form-urlencoded', `Content-Length: ${form.length}`];
    expectForwarded(
      await sides.send(sides.head({ method: 'POST', target: annotations, lines: [...lines, ...type] }) + form),
    );
    expect(sides.upstream.seen.map(({ method }) => method)).toEqual(['GET', 'POST']);
    for (const request of sides.upstream.seen) expectClean(request, sides.key);
  });

  it('M10 accepts no scope in place of another: write does not imply read, nor read write', async () => {
    const reader = sides.gateway.issueKey({ scopes: ['sites:read'] });
    expectRefused(
      await sides.send(
        sides.head({ method: 'POST', authorization: reader.authorization, lines: ['Content-Length: 0'] }),
      ),
      'method_not_allowed',
    );
    const writer = sides.gateway.issueKey({ scopes: ['goals:write'] });
    const refused = expectRefused(
      await sides.send(sides.head({ target: `${site}/goals/goal_1`, authorization: writer.authorization })),
      'missing_scope',
    );
    expect(refused.body).toBe('{"error":"API key missing required scope: goals:read"}');
    expect(sides.upstream.seen).toEqual([]);
  });

  it('M11 needs goals:write to change a goal, and has no route that changes an annotation', async () => {
    const { authorization } = sides.gateway.issueKey({
      scopes: ['goals:read', 'annotations:write', 'annotations:read'],
    });
    const lines = ['Content-Length: 0'];
    for (const [method, target] of [
      ['PATCH', `${site}/goals/goal_1`],
      ['POST', `${site}/goals/goal_1/archive`],
      ['POST', `${site}/goals/goal_1/unarchive`],
    ] as const) {
      const answer = expectRefused(
        await sides.send(sides.head({ method, target, authorization, lines })),
        'missing_scope',
      );
      expect(answer.body).toBe('{"error":"API key missing required scope: goals:write"}');
    }
    for (const target of [annotations, `${annotations}/annotation_1`])
      expectRefused(
        await sides.send(sides.head({ method: 'PUT', target, authorization, lines })),
        'method_not_allowed',
      );
    expect(sides.upstream.seen).toEqual([]);
  });

  it('M12 forwards no body of a method that has none', async () => {
    const framings = [
      [['Content-Length: 5'], 'hello'],
      [['Transfer-Encoding: chunked'], '5\r\nhello\r\n0\r\n\r\n'],
    ] as const;
    for (const method of ['GET', 'HEAD', 'DELETE'])
      for (const [lines, body] of framings) {
        sides.upstream.seen.length = 0;
        const head = sides.head({ method, target: `${site}/funnels/funnel_1`, lines: [...lines, 'Content-Type: a/b'] });
        expectForwarded(await sides.send(head + body, { methods: [method] }));
        expect(sides.upstream.seen).toHaveLength(1);
        for (const request of sides.upstream.seen) {
          expectClean(request, sides.key);
          expect([request.method, request.body]).toEqual([method, '']);
          expect(seenField(request, 'content-length')).toEqual([]);
          expect([...seenField(request, 'transfer-encoding'), ...seenField(request, 'content-type')]).toEqual([]);
        }
      }
    sides.upstream.seen.length = 0;
    for (const [lines, body] of framings)
      expectRefused(await sides.send(sides.head({ method: 'TRACE', lines }) + body), 'method_not_allowed');
    expect(sides.upstream.seen).toEqual([]);
    expectForwarded(
      await sides.send(
        sides.head({ method: 'DELETE', target: `${site}/funnels/funnel_1`, lines: ['Content-Length: 0'] }),
      ),
    );
  });
});

import { inspect } from 'node:util';
import { generateApiKey, hashApiKey } from '@engagetrack/api-key';
import { fieldOf, seenField } from '@engagetrack/hostile-input';
import { describe, expect, it } from '@jest/globals';
import { annotations, expectRefused, site, sites, useThreeSides } from './three-sides.ts';

describe('G: leaks', () => {
  const sides = useThreeSides();

  /** A key in every form that a careless log line could contain. */
  const formsOf = (key: string): readonly string[] => {
    const digits = key.slice('et_live_'.length);
    return [
      digits,
      digits.slice(0, 12),
      Buffer.from(key).toString('hex'),
      Buffer.from(key).toString('base64').slice(0, 40),
      encodeURIComponent(`Bearer ${key}`),
    ];
  };
  const log = () => sides.gateway.logLines.join('');

  it('G03 gives the upstream no credential in any field', async () => {
    for (const [method, target] of [
      ['GET', sites],
      ['POST', annotations],
      ['DELETE', `${site}/funnels/funnel_1`],
    ] as const)
      await sides.send(
        sides.head({
          method,
          target,
          lines: ['Content-Length: 0', 'Cookie: a=b', `Proxy-Authorization: ${sides.key.authorization}`],
        }),
      );
    expect(sides.upstream.seen).toHaveLength(3);
    for (const request of sides.upstream.seen) {
      expect(seenField(request, 'authorization')).toEqual([]);
      for (const form of formsOf(sides.key.key.reveal())) expect(request.head + request.body).not.toContain(form);
      expect(request.head).not.toContain(hashApiKey(sides.key.key));
    }
  });

  it('G04 logs a failed look-up without its key and hash', async () => {
    const unknown = generateApiKey();
    sides.gateway.logLines.length = 0;
    sides.gateway.setAuthorityDown(true);
    expectRefused(await sides.send(sides.head({ authorization: `Bearer ${unknown.reveal()}` })), 'unavailable');
    sides.gateway.setAuthorityDown(false);
    expect(log()).toContain('introspection_failed');
    for (const form of [...formsOf(unknown.reveal()), hashApiKey(unknown)]) expect(log()).not.toContain(form);
  });

  it('G05 logs nothing of a malformed or over-long credential', async () => {
    sides.gateway.logLines.length = 0;
    for (const value of [
      `Bearer ${sides.key.key.reveal()}canary`,
      `Basic ${Buffer.from(`user:${sides.key.key.reveal()}`).toString('base64')}`,
      `Bearer ${'canary'.repeat(1_000)}`,
    ])
      expectRefused(await sides.send(sides.head({ authorization: value })), 'invalid_key');
    expect(log()).toContain('malformed_key');
    for (const form of [...formsOf(sides.key.key.reveal()), 'canary']) expect(log()).not.toContain(form);
  });

  it('G06 logs no query and no path, so that a key in either is not logged', async () => {
    sides.gateway.logLines.length = 0;
    const key = sides.key.key.reveal();
    await sides.send(sides.head({ target: `${sites}?api_key=${key}` }));
    await sides.send(sides.head({ target: `${sites}/${key}` }));
    await sides.send(sides.head({ target: `/${key}//` }));
    expect(log().match(/"at":"request"/g)?.length).toBeGreaterThanOrEqual(3);
    for (const form of formsOf(key)) expect(log()).not.toContain(form);
  });

  it('G07 repeats nothing of a request in its refusal', async () => {
    const canary = 'canary-7f3a9';
    const requests = [
      sides.head({ target: `/${canary}//` }),
      sides.head({ target: `/${canary}` }),
      sides.head({ lines: [`X ${canary}: ${canary}`] }),
      sides.head({ connection: `${canary};`, lines: [`Accept: application/problem+json`] }),
      sides.head({ authorization: `Bearer ${canary}` }),
      sides.head({ method: 'PUT', target: `${sites}/${canary}` }),
      sides.head({ host: `${canary}/` }),
      `${canary} ${canary} ${canary}\r\n\r\n`,
      sides.head({ lines: [`X-Request-Id: ${canary} with blanks`, `Accept: ${canary}`, 'Upgrade: websocket'] }),
    ];
    for (const request of requests) {
      const outcome = await sides.send(request);
      expect(outcome.answers[0]?.status).toBeGreaterThanOrEqual(400);
      expect(outcome.bytes).not.toContain(canary);
    }
  });

  it('G08 shows no stack, no path of a file and no name of a library', async () => {
    sides.upstream.respondWith((_request, socket) => {
      socket.resetAndDestroy();
      return undefined;
    });
    sides.gateway.setAuthorityDown(true);
    const requests = [
      sides.head(),
      sides.head({ authorization: `Bearer ${generateApiKey().reveal()}` }),
      sides.head({ target: '/%' }),
      'GARBAGE\r\n\r\n',
      sides.head({ method: 'POST', target: '/api/v1/auth/login', authorization: null, lines: ['Content-Length: 1'] }),
    ];
    for (const request of requests) {
      const { bytes } = await sides.send(request);
      expect(bytes).not.toMatch(/node_modules|\.ts|\.js| {4}at |Error:|ECONN|express|HPE_|127\.0\.0\.1|undefined/i);
    }
    sides.gateway.setAuthorityDown(false);
    sides.upstream.respondWith(() => 'HTTP/1.1 200 OK\r\nServer-Timing: upstream\r\nContent-Length: 0\r\n\r\n');
  });

  it('G11 names no key and no organization in a metric, and only routes of the table', async () => {
    for (let n = 0; n < 50; n += 1) await sides.send(sides.head({ target: `/api/v1/nothing/${n}` }));
    await sides.send(sides.head());
    const metrics = await sides.gateway.registry.metrics();
    expect(metrics).toContain('route="sites.list"');
    expect(metrics).not.toMatch(/key_|org_|et_live_|nothing/);
    expect(metrics.split('\n').length).toBeLessThan(1_000);
  });

  it('G12 shows a mask when a key is printed by mistake', () => {
    const key = generateApiKey();
    for (const text of [
      inspect(key),
      inspect({ key }, { depth: 5 }),
      `${key}`,
      JSON.stringify({ key }),
      String([key]),
      inspect(new Map([[key, key]])),
    ])
      for (const form of formsOf(key.reveal())) expect(text).not.toContain(form);
  });

  it('G01 shows a key in no answer of the gateway’s own', async () => {
    for (const lines of [[], ['X-A: b'], ['X_A: b'], ['X A: b']]) {
      const outcome = await sides.send(sides.head({ lines }));
      for (const form of formsOf(sides.key.key.reveal())) expect(outcome.bytes).not.toContain(form);
      expect(outcome.answers.map((answer) => fieldOf(answer, 'authorization'))).toEqual([undefined]);
    }
  });
});

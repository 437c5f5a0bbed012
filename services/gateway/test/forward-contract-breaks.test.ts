import type { RawOutcome } from '@engagetrack/hostile-input';
import { inParallel } from '@engagetrack/test-ground';
import { waitFor } from '@engagetrack/test-ground/stores';
import { expect, it } from '@jest/globals';
import { deadlineMs, describeContract, thenEnd } from './contract.ts';
import { expectRefused } from './hostile/three-sides.ts';

const ownFields = 'Content-Encoding: gzip\r\nETag: "v1"\r\nLocation: /elsewhere\r\nAge: 7\r\n';
const byLength = `HTTP/1.1 200 Odd\r\n${ownFields}Content-Length: 5\r\n\r\nhello`;
const inChunks = `HTTP/1.1 200 Odd\r\n${ownFields}Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n`;
const atOnceMax = 24;

/**
 * Each answer is its upstream's, whole; or begins as its upstream's and is cut, so that it cannot look whole; or is the
 * gateway's own and has nothing of its upstream's.
 */
function judge(outcome: RawOutcome): 'whole' | 'cut' | 'refused' {
  const [answer] = outcome.answers;
  if (answer === undefined) {
    expect(outcome.rest === '' || outcome.rest.startsWith('HTTP/1.1 200 OK\r\n')).toBe(true);
    expect(['closed', 'reset']).toContain(outcome.end);
    return 'cut';
  }
  if (answer.status === 200) {
    expect([answer.reason, answer.body, outcome.rest]).toEqual(['OK', 'hello', '']);
    return 'whole';
  }
  expectRefused(outcome, 'upstream_unreachable');
  expect(answer.reason).toBe('Bad Gateway');
  const names = answer.fields.map(([name]) => name.toLowerCase());
  expect(names.filter((name) => ['content-encoding', 'etag', 'location', 'age'].includes(name))).toEqual([]);
  return 'refused';
}

describeContract('an answer that breaks', ({ sides, ask, send }) => {
  const cases = [
    ['by its length', byLength],
    ['in chunks', inChunks],
  ].flatMap(([how, bytes]) => (['FIN', 'RST'] as const).map((end) => [how, end, bytes] as const));

  it.each(cases)('at any byte, %s, by %s, is refused or cut', async (_how, end, bytes = '') => {
    const headEnd = bytes.indexOf('\r\n\r\n') + 4;
    const verdicts: string[] = [];
    const cuts = Array.from({ length: bytes.length }, (_, at) => at);
    // One answer for each request, by the number in its query.
    sides().upstream.respondWith((request, socket) => {
      const at = Number(/at=(\d+)/.exec(request.target)?.[1]);
      return thenEnd(bytes.slice(0, at), end)(request, socket);
    });
    await inParallel(cuts, atOnceMax, async (at) => {
      const target = `/api/v1/organizations/org_a/things/one?at=${at}`;
      verdicts[at] = judge(await send(sides().head({ target })));
    });
    expect(new Set(verdicts.slice(0, headEnd))).toEqual(new Set(['refused']));
    expect(verdicts.slice(headEnd)).not.toContain('whole');
  });

  it.each([
    ['stray bytes', 'AND MORE'],
    ['broken lines', '\r\n\r\n: x\r\n\r\n'],
  ])('behind its length by %s in the same packet, is refused with nothing of its own', async (_what, stray) => {
    expect(judge(await ask(byLength + stray))).toBe('refused');
  });

  it('in its chunks within the first packet is refused with nothing of its own', async () => {
    expect(judge(await ask(inChunks.replace('3\r\nllo', 'zz\r\nllo')))).toBe('refused');
  });

  it('in its chunks later is cut', async () => {
    const outcome = await ask((_request, socket) => {
      const [first, second] = [inChunks.slice(0, inChunks.indexOf('3\r\n')), 'zz\r\nllo\r\n'];
      socket.write(first, () => setTimeout(() => socket.write(second), 50));
      return undefined;
    });
    expect(judge(outcome)).toBe('cut');
  });

  it('is counted and logged with the status that its caller got', async () => {
    const { gateway } = sides();
    gateway.logLines.length = 0;
    expect(judge(await ask(`${byLength}AND MORE`))).toBe('refused');
    await waitFor(() => gateway.logLines.some((text) => /"status":502,"reason":"upstream_broke_off"/.test(text)), {
      deadlineMs,
      what: 'the log line',
    });
    const metrics = await gateway.registry.metrics();
    expect(metrics).toMatch(/^gateway_requests_total\{[^}]*route="things",status="502"[^}]*\} \d+$/m);
  });

  it.each(['gzip, chunked', 'gzip', 'chunked, gzip', 'identity'])(
    'with Transfer-Encoding: %s is refused',
    async (coding) => {
      expect(judge(await ask(`HTTP/1.1 200 OK\r\nTransfer-Encoding: ${coding}\r\n\r\n0\r\n\r\n`))).toBe('refused');
    },
  );

  it('leaves the next caller unharmed', async () => {
    const outcomes = [await ask(byLength), await ask(byLength)];
    expect(outcomes.map(judge)).toEqual(['whole', 'whole']);
  });
});

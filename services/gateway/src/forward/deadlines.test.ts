import { describe, expect, it } from '@jest/globals';
import { usualLimits } from '../limits.ts';
import { judgeDeadlines, type Waiting } from './deadlines.ts';

const timeoutMs = 15_000;
const head = { status: 200, fields: [], reasonPhrase: 'OK' };

/** An exchange that began at 0 and has sent its whole request; each test says what is otherwise. */
function waiting(
  changes: Partial<Waiting> & { isStream?: boolean; callerTakesNothing?: boolean; takesBody?: boolean },
): Waiting {
  const { isStream = false, callerTakesNothing = false, takesBody = true, ...more } = changes;
  const exchange = { res: { writableNeedDrain: callerTakesNothing } } as Waiting['exchange'];
  const route = { timeoutMs, isStream } as Waiting['route'];
  const transport = { takesBody: () => takesBody } as Waiting['transport'];
  const times = { startedAtMs: 0, dialledAtMs: 0, movedAtMs: 0, sentAtMs: 0 };
  return { exchange, route, transport, ...times, isConnected: true, head: undefined, ...more };
}
const reasonAt = (nowMs: number, what: Waiting) => judgeDeadlines(what, nowMs, usualLimits)?.reason;

describe('the deadline of an exchange', () => {
  it.each<[string, Parameters<typeof waiting>[0], number, string]>([
    ['connecting', { isConnected: false, sentAtMs: undefined }, 2_000, 'upstream_connect_timeout'],
    ['connecting once more', { isConnected: false, dialledAtMs: 500 }, 2_500, 'upstream_connect_timeout'],
    ['a body that its caller does not send', { sentAtMs: undefined, movedAtMs: 7 }, 15_007, 'body_idle'],
    [
      'a body that the upstream does not take',
      { sentAtMs: undefined, takesBody: false },
      timeoutMs,
      'upstream_timeout',
    ],
    ['a head', { sentAtMs: 40 }, timeoutMs + 40, 'upstream_timeout'],
    ['a head, however its interim bytes move', { sentAtMs: 0, movedAtMs: 9_000 }, timeoutMs, 'upstream_timeout'],
    ['a stream’s head', { isStream: true }, timeoutMs, 'upstream_timeout'],
    ['silence in an answer', { head, movedAtMs: 9 }, timeoutMs + 9, 'upstream_timeout'],
    ['the whole exchange', { head, movedAtMs: 299_999 }, 300_000, 'exchange_timeout'],
    [
      'the whole exchange of a caller that takes nothing',
      { head, callerTakesNothing: true },
      300_000,
      'exchange_timeout',
    ],
  ])('for %s passes at its millisecond and not before', (_what, changes, atMs, reason) => {
    const what = waiting(changes);
    expect([reasonAt(atMs - 1, what), reasonAt(atMs, what)]).toEqual([undefined, reason]);
  });

  it.each<[string, Parameters<typeof waiting>[0], number]>([
    ['silence in a stream', { head, isStream: true }, 86_400_000],
    ['an answer that its caller does not take', { head, callerTakesNothing: true }, 299_999],
    ['a body that goes on for long', { sentAtMs: undefined, movedAtMs: 100_000 }, 114_999],
  ])('is none for %s', (_what, changes, atMs) => {
    expect(reasonAt(atMs, waiting(changes))).toBeUndefined();
  });
});

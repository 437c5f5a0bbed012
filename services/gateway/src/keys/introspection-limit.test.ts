import { type ApiKeyHash, parseApiKeyHash } from '@engagetrack/api-key';
import { apiKeyIdSchema, type Introspection, organizationIdSchema } from '@engagetrack/contracts';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type AskAuthority, createIntrospectionLimit } from './introspection-limit.ts';

const inactive: Introspection = { active: false };
const live: Introspection = {
  active: true,
  key: {
    id: apiKeyIdSchema.parse('key_1'),
    organization_id: organizationIdSchema.parse('org_a'),
    scopes: [],
    expires_at: null,
  },
  organization: { plan: 'startup', epoch: 1 },
  as_of: '2026-03-14T12:00:00Z',
};

describe('the limit of introspections', () => {
  let asked: ApiKeyHash[];
  let answers: ((answer: Introspection) => void)[];
  let ask: AskAuthority;
  let nowMs: number;
  const monotonicNow = () => nowMs;
  beforeEach(() => {
    nowMs = 1_000;
    asked = [];
    answers = [];
    ask = createIntrospectionLimit((hash) => {
      asked.push(hash);
      const { promise, resolve } = Promise.withResolvers<Introspection>();
      answers.push(resolve);
      return promise;
    }, monotonicNow);
  });
  const askMany = (count: number, mayAsk?: () => void) =>
    Array.from({ length: count }, (_, n) => ask(hashOf(n), mayAsk).catch((error: Error) => error.message));
  /** Also counts questions that begin because others were answered. */
  const answerAll = async (answer: Introspection): Promise<void> => {
    for (let answered = 0; answered < answers.length; answered += 1) {
      answers[answered]?.(answer);
      await turn();
    }
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it('asks about sixteen unknown keys at once, and about the others in their order', async () => {
    const all = askMany(40, () => undefined);
    await turn();
    expect(asked).toHaveLength(16);
    answers[0]?.(live);
    await turn();
    expect(asked).toHaveLength(17);
    await answerAll(live);
    expect(await Promise.all(all)).toEqual(Array(40).fill(live));
  });

  it('asks about known keys at once while many unknown ones wait', async () => {
    const unknownKeys = askMany(500, () => undefined);
    const known = askMany(32);
    await turn();
    expect(asked).toHaveLength(16 + 32);
    await answerAll(live);
    expect(await Promise.all(known)).toEqual(Array(32).fill(live));
    await Promise.all(unknownKeys);
  });

  it('answers all of ten thousand known keys at once, thirty-two at a time', async () => {
    const known = askMany(10_000);
    expect(asked).toHaveLength(32);
    await answerAll(live);
    expect(await Promise.all(known)).toEqual(Array(10_000).fill(live));
  });

  it('refuses an unknown key at once when their queue is full', async () => {
    const all = askMany(16 + 2_048 + 3, () => undefined);
    expect(await Promise.all(all.slice(-3))).toEqual(Array(3).fill('Service temporarily unavailable'));
    await answerAll(live);
    expect(new Set(await Promise.all(all.slice(0, -3)))).toEqual(new Set([live]));
  });

  it('skips a question whose caller may no longer ask, without a delay for others', async () => {
    let failures = 0;
    const all = askMany(200, () => {
      if (failures >= 10) throw new Error('too many');
    });
    await turn();
    for (let answered = 0; answered < answers.length; answered += 1) {
      failures += 1;
      answers[answered]?.(inactive);
      await turn();
    }
    const outcomes = await Promise.all(all);
    expect(asked.length).toBeLessThanOrEqual(10 + 16);
    expect(outcomes.filter((outcome) => outcome === 'too many')).toHaveLength(200 - asked.length);
  });

  describe('with failed look-ups', () => {
    beforeEach(() => {
      jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    });
    afterEach(() => {
      jest.useRealTimers();
    });

    const failLookUps = async (seconds: number): Promise<void> => {
      for (let tick = 0; tick < 200 * seconds; tick += 1) {
        nowMs += 5;
        jest.advanceTimersByTime(5);
        await turn();
        for (const answer of answers) answer(inactive);
        await turn();
      }
    };

    it('asks a burst of them at first, and then a hundred a second', async () => {
      void askMany(1_000, () => undefined);
      await turn();
      await answerAll(inactive);
      expect(asked).toHaveLength(128);
      await failLookUps(1);
      expect(asked.length).toBeGreaterThanOrEqual(128 + 95);
      expect(asked.length).toBeLessThanOrEqual(128 + 101);
    });

    it('refuses at once behind a quarter of a second of them, and asks again when those are answered', async () => {
      void askMany(128, () => undefined);
      await turn();
      await answerAll(inactive);
      const queued = askMany(16 + 25, () => undefined);
      await turn();
      expect(asked).toHaveLength(128);
      await expect(ask(hashOf(0), () => undefined)).rejects.toMatchObject({
        status: 503,
        reason: 'unknown_keys_over_capacity',
      });
      await failLookUps(0.6);
      expect(await Promise.all(queued)).toEqual(Array(16 + 25).fill(inactive));
      const [afterwards] = askMany(1, () => undefined);
      await failLookUps(0.1);
      await answerAll(live);
      expect(await afterwards).toBeDefined();
    });

    it('counts no look-up that finds a live key', async () => {
      ask = createIntrospectionLimit(async (hash) => {
        asked.push(hash);
        return live;
      }, monotonicNow);
      await Promise.all(askMany(1_000, () => undefined));
      expect(asked).toHaveLength(1_000);
    });

    it('counts a look-up without an answer, which has cost as much', async () => {
      ask = createIntrospectionLimit(async (hash) => {
        asked.push(hash);
        if (asked.length % 2 === 0) throw new Error('no answer');
        return live;
      }, monotonicNow);
      void askMany(1_000, () => undefined);
      for (let n = 0; n < 1_000; n += 1) await turn();
      // Every other one takes a token of the burst, and no time passes.
      expect(asked.length).toBeGreaterThanOrEqual(2 * 128);
      expect(asked.length).toBeLessThanOrEqual(2 * 128 + 16);
    });
  });

  describe('without answers', () => {
    let isSilent: boolean;
    beforeEach(() => {
      isSilent = true;
      ask = createIntrospectionLimit(async (hash) => {
        asked.push(hash);
        await turn();
        if (isSilent) throw new Error('no answer');
        return live;
      }, monotonicNow);
    });
    const silent = 'Service temporarily unavailable';

    it('refuses unknown keys at once after three of them, those in the queue too', async () => {
      const first = askMany(40, () => undefined);
      expect(new Set(await Promise.all(first))).toEqual(new Set(['no answer', silent]));
      // The questions that began together, two that began before the third went unanswered, and one attempt.
      expect(asked).toHaveLength(16 + 2 + 1);
      asked = [];
      expect(await Promise.all(askMany(5, () => undefined))).toEqual(Array(5).fill(silent));
      expect(asked).toEqual([]);
    });

    it('tries one unknown key every tenth of a second, and asks about all of them again after an answer', async () => {
      await Promise.all(askMany(40, () => undefined));
      asked = [];
      nowMs += 100;
      await Promise.all(askMany(5, () => undefined));
      expect(asked).toHaveLength(1);
      isSilent = false;
      nowMs += 100;
      expect(await Promise.all(askMany(3, () => undefined))).toEqual([live, silent, silent]);
      expect(await Promise.all(askMany(16, () => undefined))).toEqual(Array(16).fill(live));
    });

    it('goes on asking about known keys, and learns from them that there are answers again', async () => {
      await Promise.all(askMany(40, () => undefined));
      expect(await Promise.all(askMany(2))).toEqual(['no answer', 'no answer']);
      isSilent = false;
      expect(await Promise.all(askMany(1))).toEqual([live]);
      expect(await Promise.all(askMany(16, () => undefined))).toEqual(Array(16).fill(live));
    });
  });

  describe('with an authority that stands still', () => {
    beforeEach(() => {
      jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    });
    afterEach(() => {
      jest.useRealTimers();
    });
    const pass = async (ms: number): Promise<void> => {
      nowMs += ms;
      jest.advanceTimersByTime(ms);
      await turn();
      await turn();
    };
    const silent = 'Service temporarily unavailable';

    it('refuses an unknown key after two hundred milliseconds, and those behind it at once', async () => {
      const outcomes: unknown[] = [];
      const first = askMany(20, () => undefined);
      for (const each of first) void each.then((outcome) => outcomes.push(outcome));
      await turn();
      await pass(199);
      expect(outcomes).toEqual([]);
      await pass(1);
      expect(outcomes).toEqual(Array(20).fill(silent));
      expect(asked).toHaveLength(16);
      expect(await Promise.all(askMany(5, () => undefined))).toEqual(Array(5).fill(silent));
    });

    it('reads on before it gives up, because the process itself may have been busy', async () => {
      const answer = ask(hashOf(1), () => undefined);
      await turn();
      nowMs += 5_000;
      jest.advanceTimersByTime(5_000);
      answers[0]?.(live);
      expect(await answer).toEqual(live);
    });
  });
});

function hashOf(n: number): ApiKeyHash {
  return parseApiKeyHash(n.toString(16).padStart(64, '0'));
}

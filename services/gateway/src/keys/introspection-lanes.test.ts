import { type ApiKeyHash, parseApiKeyHash } from '@engagetrack/api-key';
import type { Introspection } from '@engagetrack/contracts';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type AskAuthority, createIntrospectionLanes } from './introspection-lanes.ts';

const nobody: Introspection = { active: false };

describe('the lanes of introspection', () => {
  let asked: ApiKeyHash[];
  let answers: ((answer: Introspection) => void)[];
  let ask: AskAuthority;
  beforeEach(() => {
    asked = [];
    answers = [];
    ask = createIntrospectionLanes((hash) => {
      asked.push(hash);
      const { promise, resolve } = Promise.withResolvers<Introspection>();
      answers.push(resolve);
      return promise;
    });
  });
  const askMany = (count: number, mayAsk?: () => void) =>
    Array.from({ length: count }, (_, n) => ask(hashOf(n), mayAsk).catch((error: Error) => error.message));
  const answerAll = async (): Promise<void> => {
    for (let answered = 0; answered < answers.length; answered += 1) {
      answers[answered]?.(nobody);
      await new Promise(setImmediate);
    }
  };

  it('ask about sixteen strangers at once, and about the others in their turn', async () => {
    const all = askMany(40, () => undefined);
    expect(asked).toHaveLength(16);
    answers[0]?.(nobody);
    await new Promise(setImmediate);
    expect(asked).toHaveLength(17);
    await answerAll();
    expect(await Promise.all(all)).toEqual(Array(40).fill(nobody));
  });

  it('ask about known keys at once, however many strangers wait', async () => {
    const strangers = askMany(500, () => undefined);
    const known = askMany(32);
    expect(asked).toHaveLength(16 + 32);
    await answerAll();
    expect(await Promise.all(known)).toEqual(Array(32).fill(nobody));
    await Promise.all(strangers);
  });

  it('answer all of ten thousand known keys at once, thirty-two at a time', async () => {
    const known = askMany(10_000);
    expect(asked).toHaveLength(32);
    await answerAll();
    expect(await Promise.all(known)).toEqual(Array(10_000).fill(nobody));
  });

  it('have room for so many strangers, and refuse the others at once', async () => {
    const all = askMany(16 + 2_048 + 3, () => undefined);
    expect(await Promise.all(all.slice(-3))).toEqual(Array(3).fill('Service temporarily unavailable'));
    await answerAll();
    expect(new Set(await Promise.all(all.slice(0, -3)))).toEqual(new Set([nobody]));
  });

  it('do not ask what its caller no longer may, and hold nobody up with it', async () => {
    let failures = 0;
    const all = askMany(200, () => {
      if (failures >= 10) throw new Error('too many');
    });
    for (let answered = 0; answered < answers.length; answered += 1) {
      failures += 1;
      answers[answered]?.(nobody);
      await new Promise(setImmediate);
    }
    const outcomes = await Promise.all(all);
    expect(asked.length).toBeLessThanOrEqual(10 + 16);
    expect(outcomes.filter((outcome) => outcome === 'too many')).toHaveLength(200 - asked.length);
  });
});

function hashOf(n: number): ApiKeyHash {
  return parseApiKeyHash(n.toString(16).padStart(64, '0'));
}

import { createHash } from 'node:crypto';
import { type ApiKeyHash, parseApiKeyHash } from '@engagetrack/api-key';
import { apiKeyIdSchema, type Introspection, organizationIdSchema } from '@engagetrack/contracts';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { MayAsk } from './introspection-limit.ts';
import { createKeyDirectory, type KeyDirectory } from './key-directory.ts';

interface Question {
  readonly hash: ApiKeyHash;
  /** The directory's condition that must hold when the question is sent. */
  readonly mayAsk: MayAsk | undefined;
  readonly answer: (introspection: Introspection) => void;
  readonly fail: (error: Error) => void;
}

/** The usual tables take longer to make than most tests take. */
const sizes = { knownKeysMax: 2_500, unknownKeysMax: 100 };

describe('the key directory', () => {
  let clockMs: number;
  let questions: Question[];
  let directory: KeyDirectory;
  beforeEach(() => {
    clockMs = 1_000_000;
    questions = [];
    directory = createKeyDirectory({
      ...sizes,
      monotonicNow: () => clockMs,
      storeTimeMs: () => undefined,
      introspect: (hash, mayAsk) => {
        const { promise, resolve, reject } = Promise.withResolvers<Introspection>();
        questions.push({ hash, mayAsk, answer: resolve, fail: reject });
        return promise;
      },
    });
  });
  /** Finds a key about which the authority answers at once. */
  const learn = async (hash: ApiKeyHash, introspection: Introspection): Promise<void> => {
    const found = directory.find(hash);
    questions.at(-1)?.answer(introspection);
    await found;
  };
  const failure = new Error('connect ECONNREFUSED');
  /** A question about a remembered key, if it needs one at all, does not wait with those about unknown ones. */
  const remembers = async (hash: ApiKeyHash): Promise<boolean> => {
    const before = questions.length;
    const found = directory.find(hash, () => undefined);
    const question = questions[before];
    if (question?.mayAsk === undefined) return true;
    question.fail(failure);
    await found.catch(() => undefined);
    return false;
  };

  it('asks once for any number of concurrent finds, and gives all of them the answer', async () => {
    const found = Promise.all(Array.from({ length: 10_000 }, () => directory.find(hashOf(1))));
    const other = directory.find(hashOf(2));
    expect(questions.map(({ hash }) => hash)).toEqual([hashOf(1), hashOf(2)]);
    questions[0]?.answer(active('key_1'));
    questions[1]?.answer({ active: false });
    expect(new Set((await found).map((key) => key?.keyId))).toEqual(new Set(['key_1']));
    expect(await other).toBeUndefined();
  });

  it('knows a key as the authority described it', async () => {
    const found = directory.find(hashOf(1));
    questions[0]?.answer(active('key_1', { expiresAt: '2026-03-14T12:00:00.250Z' }));
    expect(await found).toEqual({
      keyId: 'key_1',
      organizationId: 'org_a',
      scopes: ['sites:read'],
      expiresAtMs: Date.UTC(2026, 2, 14, 12, 0, 0, 250),
      plan: 'startup',
      epoch: 3,
    });
    await learn(hashOf(2), active('key_2'));
    expect((await directory.find(hashOf(2)))?.expiresAtMs).toBeUndefined();
  });

  it('asks anew after 60 s, counted from the start of the look-up', async () => {
    const found = directory.find(hashOf(1));
    clockMs += 1_500;
    questions[0]?.answer(active('key_1'));
    await found;
    clockMs += 58_499;
    // Its renewal has begun, which takes a moment.
    expect((await directory.find(hashOf(1)))?.keyId).toBe('key_1');
    expect(questions).toHaveLength(2);
    clockMs += 1;
    const after = directory.find(hashOf(1));
    questions[1]?.answer({ active: false });
    expect(await after).toBeUndefined();
  });

  describe('a key in use', () => {
    it('is renewed beside its requests, long before a request would wait for it', async () => {
      await learn(hashOf(1), active('key_1'));
      clockMs += 14_999;
      await directory.find(hashOf(1));
      expect(questions).toHaveLength(1);
      clockMs += 13_001;
      for (let n = 0; n < 100; n += 1) expect((await directory.find(hashOf(1)))?.epoch).toBe(3);
      expect(questions).toHaveLength(2);
      questions[1]?.answer(active('key_1', { epoch: 4 }));
      await Promise.resolve();
      clockMs += 14_999;
      expect((await directory.find(hashOf(1)))?.epoch).toBe(4);
      expect(questions).toHaveLength(2);
    });

    it('is asked about again soon, but not at once, when its renewal fails', async () => {
      await learn(hashOf(1), active('key_1'));
      clockMs += 28_000;
      await directory.find(hashOf(1));
      questions[1]?.fail(failure);
      await Promise.allSettled([Promise.resolve()]);
      clockMs += 2_999;
      for (let n = 0; n < 100; n += 1) expect((await directory.find(hashOf(1)))?.keyId).toBe('key_1');
      expect(questions).toHaveLength(2);
      clockMs += 1;
      await directory.find(hashOf(1));
      expect(questions).toHaveLength(3);
    });

    it('is refused after a renewal that finds it inactive', async () => {
      await learn(hashOf(1), active('key_1'));
      clockMs += 28_000;
      await directory.find(hashOf(1));
      questions[1]?.answer({ active: false });
      await Promise.resolve();
      expect(await directory.find(hashOf(1))).toBeUndefined();
    });

    it('is renewed at another age than most others, so that keys asked together are not renewed together', async () => {
      const keys = 1_000;
      for (let n = 0; n < keys; n += 1) await learn(hashOfText(`key ${n}`), active('key_1'));
      const perSecond: number[] = [];
      for (let second = 0; second < 30; second += 1) {
        const before = questions.length;
        for (let n = 0; n < keys; n += 1) await directory.find(hashOfText(`key ${n}`));
        for (const question of questions.slice(before)) question.answer(active('key_1'));
        perSecond.push(questions.length - before);
        clockMs += 1_000;
      }
      // A thirteenth of a thousand a second on average, between the 15th and the 28th.
      expect(perSecond.slice(0, 15).every((count) => count === 0)).toBe(true);
      expect(Math.max(...perSecond)).toBeLessThan(150);
    });
  });

  describe('a question that must not be asked after all', () => {
    const refusal = new Error('too many guesses');
    const refuse = (): never => {
      throw refusal;
    };
    /** Plays a lane that sends a question. */
    const takeTurn = (question: Question | undefined): void => {
      try {
        question?.mayAsk?.();
      } catch (error) {
        question?.fail(error as Error);
      }
    };

    it('rejects the caller that may not ask, and is asked for the next one that may', async () => {
      const guesser = directory.find(hashOf(1), refuse);
      const owner = directory.find(hashOf(1), () => undefined);
      expect(questions).toHaveLength(1);
      takeTurn(questions[0]);
      await expect(guesser).rejects.toBe(refusal);
      expect(questions).toHaveLength(2);
      takeTurn(questions[1]);
      questions[1]?.answer(active('key_1'));
      expect((await owner)?.keyId).toBe('key_1');
    });

    it('is not about a key that was known live at any time', async () => {
      await learn(hashOf(1), active('key_1'));
      clockMs += 3_600_000;
      const found = directory.find(hashOf(1), refuse);
      expect(questions[1]?.mayAsk).toBeUndefined();
      questions[1]?.answer(active('key_1'));
      expect((await found)?.keyId).toBe('key_1');
    });

    it('fails for all callers when the authority fails', async () => {
      const found = [directory.find(hashOf(1), () => undefined), directory.find(hashOf(1), () => undefined)];
      takeTurn(questions[0]);
      questions[0]?.fail(failure);
      for (const result of await Promise.allSettled(found))
        expect(result).toEqual({ status: 'rejected', reason: failure });
      expect(questions).toHaveLength(1);
    });
  });

  it('gives memory back: unknown hashes, and the half of the keys that was used longest ago', async () => {
    for (let n = 0; n < 10; n += 1) await learn(hashOf(n), active(`key_${n}`));
    await learn(hashOf(99), { active: false });
    await directory.find(hashOf(0));
    directory.shed();
    expect(await Promise.all(Array.from({ length: 10 }, (_, n) => remembers(hashOf(n))))).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => n === 0 || n > 5),
    );
    expect(await remembers(hashOf(99))).toBe(false);
  });

  it('remembers for 2 s, from the start of the look-up, that a hash is unknown', async () => {
    const found = directory.find(hashOf(1));
    clockMs += 500;
    questions[0]?.answer({ active: false });
    expect(await found).toBeUndefined();
    clockMs += 1_499;
    expect(await directory.find(hashOf(1))).toBeUndefined();
    expect(questions).toHaveLength(1);
    clockMs += 1;
    void directory.find(hashOf(1));
    expect(questions).toHaveLength(2);
  });

  it('does not remember an error', async () => {
    const found = [directory.find(hashOf(1)), directory.find(hashOf(1))];
    questions[0]?.fail(failure);
    for (const result of await Promise.allSettled(found))
      expect(result).toEqual({ status: 'rejected', reason: failure });
    expect(await remembers(hashOf(1))).toBe(false);
    expect(questions).toHaveLength(2);
    await learn(hashOf(1), active('key_1'));
    expect((await directory.find(hashOf(1)))?.keyId).toBe('key_1');
  });

  it('keeps its knowledge when a new question fails', async () => {
    await learn(hashOf(1), active('key_1'));
    const refreshed = directory.refresh(hashOf(1));
    questions[1]?.fail(failure);
    await expect(refreshed).rejects.toBe(failure);
    expect((await directory.find(hashOf(1)))?.keyId).toBe('key_1');
  });

  describe('refresh', () => {
    it('asks although the key is known, and replaces the knowledge', async () => {
      await learn(hashOf(1), active('key_1'));
      const refreshed = directory.refresh(hashOf(1));
      questions[1]?.answer(active('key_1', { epoch: 4 }));
      expect((await refreshed)?.epoch).toBe(4);
      expect((await directory.find(hashOf(1)))?.epoch).toBe(4);
      expect(questions).toHaveLength(2);
    });

    it('waits for a read that is under way and then begins one more, shared by all waiting callers', async () => {
      const found = directory.find(hashOf(1));
      const refreshed = [directory.refresh(hashOf(1)), directory.refresh(hashOf(1))];
      expect(questions).toHaveLength(1);
      questions[0]?.answer(active('key_1', { epoch: 3 }));
      expect((await found)?.epoch).toBe(3);
      expect(questions).toHaveLength(2);
      questions[1]?.answer(active('key_1', { epoch: 4 }));
      expect((await Promise.all(refreshed)).map((key) => key?.epoch)).toEqual([4, 4]);
      expect((await directory.find(hashOf(1)))?.epoch).toBe(4);
    });

    it('begins its read also when the one under way fails', async () => {
      const found = directory.find(hashOf(1));
      const refreshed = directory.refresh(hashOf(1));
      questions[0]?.fail(failure);
      await expect(found).rejects.toBe(failure);
      questions[1]?.answer(active('key_1'));
      expect((await refreshed)?.keyId).toBe('key_1');
    });

    it('begins no second read beside one that a caller began the moment the first failed', async () => {
      const again = directory.refresh(hashOf(1)).catch(() => directory.find(hashOf(1)));
      const refreshed = directory.refresh(hashOf(1));
      questions[0]?.fail(failure);
      await expect(directory.find(hashOf(1))).rejects.toBe(failure);
      expect(questions).toHaveLength(2);
      questions[1]?.answer(active('key_1'));
      expect((await Promise.all([again, refreshed])).map((key) => key?.keyId)).toEqual(['key_1', 'key_1']);
    });
  });

  it('remembers a key that it has known at any time, until it hears otherwise', async () => {
    await learn(hashOf(1), active('key_1'));
    clockMs += 3_600_000;
    expect(await remembers(hashOf(1))).toBe(true);
    questions.at(-1)?.answer({ active: false });
    await directory.find(hashOf(1));
    clockMs += 2_000;
    expect(await remembers(hashOf(1))).toBe(false);
  });

  it('remembers for a minute that the authority called a key inactive', async () => {
    expect(directory.rememberedDead(hashOf(1))).toBe(false);
    await learn(hashOf(1), { active: false });
    await learn(hashOf(2), active('key_2'));
    clockMs += 59_999;
    expect([1, 2].map((n) => directory.rememberedDead(hashOf(n)))).toEqual([true, false]);
    clockMs += 1;
    expect(directory.rememberedDead(hashOf(1))).toBe(false);
  });

  it('forgets a hash, a key or an organization, and nothing else', async () => {
    const keys = [1, 2, 3, 4].map(hashOf);
    for (const [index, hash] of keys.entries())
      await learn(hash, active(`key_${index + 1}`, { organizationId: index < 2 ? 'org_a' : 'org_b' }));
    const known = () => Promise.all(keys.map(remembers));
    directory.forget(hashOf(1));
    expect(await known()).toEqual([false, true, true, true]);
    directory.forgetKey(apiKeyIdSchema.parse('key_3'));
    expect(await known()).toEqual([false, true, false, true]);
    directory.forgetOrganization(organizationIdSchema.parse('org_a'));
    expect(await known()).toEqual([false, false, false, true]);
    directory.forgetKey(apiKeyIdSchema.parse('key_unheard'));
    expect(await known()).toEqual([false, false, false, true]);
  });

  it.each<[string, number, Introspection]>([
    ['so many unknown hashes', sizes.unknownKeysMax, { active: false }],
    ['so many keys', sizes.knownKeysMax, active('key_1')],
  ])('remembers at most %s, the latest ones', async (_what, max, introspection) => {
    for (let n = 0; n <= max; n += 1) await learn(hashOf(n), introspection);
    expect(questions).toHaveLength(max + 1);
    await directory.find(hashOf(max));
    await directory.find(hashOf(1));
    expect(questions).toHaveLength(max + 1);
    void directory.find(hashOf(0));
    expect(questions).toHaveLength(max + 2);
  });
});

function hashOfText(text: string): ApiKeyHash {
  return parseApiKeyHash(createHash('sha256').update(text).digest('hex'));
}

function hashOf(n: number): ApiKeyHash {
  return parseApiKeyHash(n.toString(16).padStart(64, '0'));
}

function active(
  keyId: string,
  {
    organizationId = 'org_a',
    epoch = 3,
    expiresAt = null,
  }: { organizationId?: string; epoch?: number; expiresAt?: string | null } = {},
): Introspection {
  return {
    active: true,
    key: {
      id: apiKeyIdSchema.parse(keyId),
      organization_id: organizationIdSchema.parse(organizationId),
      scopes: ['sites:read'],
      expires_at: expiresAt,
    },
    organization: { plan: 'startup', epoch },
    as_of: '2026-03-14T12:00:00Z',
  };
}

import type { KeyKnowledge, OpenKeyState, Pulse } from '@engagetrack/admission-store';
import { type ApiKeyHash, generateApiKey, hashApiKey } from '@engagetrack/api-key';
import { apiKeyIdSchema, type Introspection, organizationIdSchema, type Plan } from '@engagetrack/contracts';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Registry } from 'prom-client';
import { createAdmit } from '../admission/admit.ts';
import { createFailedAuthenticationLimit } from '../admission/failed-authentication-limit.ts';
import { createQuotaMemory } from '../admission/quota-memory.ts';
import { createAuthenticate, type Principal } from '../authenticate.ts';
import { createStoreClock } from '../store-clock.ts';
import { createGatewayMetrics } from '../telemetry/metrics.ts';
import { createKeyDirectory } from './key-directory.ts';
import { createWatchedAnswers, type WatchedAnswers } from './watched-answers.ts';

const organizationId = organizationIdSchema.parse('org_a');
const otherOrganizationId = organizationIdSchema.parse('org_b');
const policy = { name: 'standard', quota: 600, windowSeconds: 60 };
const roundMs = 500;
const unvouchedMaxMs = 5_000;

/** With a store and an authority whose answers the test gives, and a clock that it moves. */
describe('the answers in progress', () => {
  let watchedAnswers: WatchedAnswers;
  /** The keys in each pulse's question. */
  let pulses: string[][];
  let answerPulse: (keys: readonly KeyKnowledge[]) => Promise<Pulse>;
  /** The authority's questions, and its immediate answers; undefined lets the test answer. */
  let questions: PromiseWithResolvers<Introspection>[];
  let authority: (number: number) => Introspection | undefined;
  let numbers: Map<ApiKeyHash, number>;
  let principalOf: (number: number) => Promise<Principal>;
  let cut: string[];
  beforeEach(() => {
    jest.useFakeTimers();
    pulses = [];
    questions = [];
    numbers = new Map();
    cut = [];
    authority = active;
    answerPulse = async (keys) => trusted(keys.map(() => 'live'));
    const now = () => Date.now();
    const clock = createStoreClock(now, now);
    const metrics = createGatewayMetrics(new Registry());
    const directory = createKeyDirectory({
      knownKeysMax: 1_000,
      monotonicNow: now,
      storeTimeMs: now,
      introspect: (hash) => {
        const question = Promise.withResolvers<Introspection>();
        questions.push(question);
        const word = authority(numbers.get(hash) ?? 0);
        if (word !== undefined) question.resolve(word);
        return question.promise;
      },
    });
    const store = {
      spend: async () => ({ verdict: 'spent', count: 1, windowEndMs: now() + 60_000, nowMs: now() }) as const,
      pulse: (_gatewayId: string, keys: readonly KeyKnowledge[]) => {
        pulses.push(keys.map(({ keyId }) => keyId));
        return answerPulse(keys);
      },
      latestTimeMs: now,
    };
    const quotas = createQuotaMemory({ storeNow: now, liveGateways: () => 1 });
    const authenticate = createAuthenticate({
      directory,
      admit: createAdmit({
        store,
        directory,
        quotas,
        detour: async () => undefined,
        clock,
        metrics,
        monotonicNow: now,
      }),
      failures: createFailedAuthenticationLimit(100, now),
    });
    principalOf = async (number) => {
      const key = generateApiKey();
      const keyHash = hashApiKey(key);
      numbers.set(keyHash, number);
      const credentials = { keyHash, hasAuthorization: true, address: '127.0.0.1', hasLeft: () => false };
      return (await authenticate({ ...credentials, policyFor: () => policy })).principal;
    };
    watchedAnswers = createWatchedAnswers({
      gatewayId: 'gateway-1',
      store,
      directory,
      clock,
      metrics,
      monotonicNow: now,
    });
  });
  afterEach(() => {
    watchedAnswers.stop();
    jest.useRealTimers();
  });

  const watch = (principal: Principal, name = principal.keyId as string) =>
    watchedAnswers.watch(principal, () => cut.push(name));
  /** Runs the first round, which comes at once: no answer is old enough for a question. */
  const start = async (): Promise<void> => {
    watchedAnswers.start();
    await pass(0);
    pulses = [];
  };
  const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
  const trusted = (states: readonly OpenKeyState[]): Pulse => ({
    verdict: 'trusted',
    nowMs: Date.now(),
    liveGateways: 3,
    states,
  });

  describe('are asked about in rounds', () => {
    it('at once and every half second, also without any, because a pulse counts the live gateways', async () => {
      watchedAnswers.start();
      expect(watchedAnswers.liveGateways()).toBeUndefined();
      await pass(0);
      expect(watchedAnswers.liveGateways()).toBe(3);
      await pass(2 * roundMs);
      expect(pulses).toEqual([[], [], []]);
    });

    it('without answers that were just decided or have ended', async () => {
      await start();
      await pass(roundMs - 1);
      const unwatch = watch(await principalOf(1));
      await pass(1);
      await pass(roundMs);
      unwatch();
      await pass(roundMs);
      expect(pulses).toEqual([[], ['key_1'], []]);
    });

    it('asking once about a key with several answers', async () => {
      const principal = await principalOf(1);
      const first = watch(principal, 'first');
      watch(principal, 'second');
      await start();
      await pass(roundMs);
      first();
      await pass(roundMs);
      expect(pulses).toEqual([['key_1'], ['key_1']]);
      watchedAnswers.cutKey(principal.keyId);
      expect(cut).toEqual(['second']);
    });

    it('of five hundred keys a question', async () => {
      for (let number = 1; number <= 1_001; number += 1) watch(await principalOf(number));
      await start();
      await pass(roundMs);
      expect(pulses.map(({ length }) => length)).toEqual([500, 500, 1]);
      expect(new Set(pulses.flat()).size).toBe(1_001);
    });

    it('until they are stopped', async () => {
      await start();
      await pass(roundMs);
      watchedAnswers.stop();
      await pass(10 * roundMs);
      expect(pulses).toHaveLength(1);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('until they are stopped in the middle of one', async () => {
      const held = Promise.withResolvers<Pulse>();
      await start();
      answerPulse = () => held.promise;
      await pass(roundMs);
      watchedAnswers.stop();
      held.resolve(trusted([]));
      await pass(10 * roundMs);
      expect(pulses).toHaveLength(1);
      expect(jest.getTimerCount()).toBe(0);
    });
  });

  describe('of a key', () => {
    const openOne = async () => {
      const principal = await principalOf(1);
      watch(principal, 'answer');
      await start();
      questions = [];
      await pass(roundMs - 1);
      return principal;
    };

    it.each(['revoked', 'expired'] as const)('that the store calls %s are cut', async (state) => {
      await openOne();
      answerPulse = async () => trusted([state]);
      await pass(1);
      expect([cut, questions.length]).toEqual([['answer'], 0]);
      await pass(roundMs);
      expect(pulses.at(-1)).toEqual([]);
    });

    it.each<[string, Introspection, readonly string[]]>([
      ['is not active any more', { active: false }, ['answer']],
      ['has a plan without access', active(1, { plan: 'maker', epoch: 2 }), ['answer']],
      ['has another plan with access', active(1, { plan: 'agency', epoch: 2 }), []],
    ])('that the store calls stale and that %s: cut %s', async (_what, word, expected) => {
      await openOne();
      answerPulse = async (keys) => trusted(keys.map(({ epoch }) => (epoch < 2 ? 'stale' : 'live')));
      authority = () => word;
      await pass(1);
      expect([cut, questions.length]).toEqual([expected, 1]);
      await pass(roundMs);
      expect(questions).toHaveLength(1);
    });

    it('that the store’s reply leaves out are judged by the authority', async () => {
      await openOne();
      answerPulse = async () => trusted([]);
      authority = () => ({ active: false });
      await pass(1);
      expect(cut).toEqual(['answer']);
    });

    it('with a question under way cause no second one', async () => {
      const { organizationId: ownOrganization } = await openOne();
      answerPulse = () => Promise.reject(new Error('connection lost'));
      authority = () => undefined;
      await pass(3 * roundMs);
      watchedAnswers.recheckOrganization(ownOrganization);
      expect([questions.length, cut]).toEqual([1, []]);
    });

    it('unvouched for five seconds are cut, and those of a key that the authority vouches for are not', async () => {
      await openOne();
      watch(await principalOf(2), 'vouched for');
      answerPulse = async () => ({ verdict: 'untrusted' });
      authority = (number) => (number === 2 ? active(2) : undefined);
      await pass(1 + unvouchedMaxMs - roundMs);
      expect(cut).toEqual([]);
      await pass(roundMs);
      expect(cut).toEqual(['answer']);
      await pass(2 * unvouchedMaxMs);
      expect(cut).toEqual(['answer']);
    });
  });

  it('leave the authority time for requests: few are asked about at a time, and in the end all', async () => {
    for (let number = 1; number <= 100; number += 1) watch(await principalOf(number));
    questions = [];
    answerPulse = () => Promise.reject(new Error('connection lost'));
    authority = () => undefined;
    await start();
    await pass(roundMs);
    expect(questions).toHaveLength(16);
    authority = () => ({ active: false });
    for (const question of questions) question.resolve({ active: false });
    await pass(0);
    expect([questions.length, cut.length]).toEqual([100, 100]);
  });

  it('of an organization that is said to have changed are asked about at once, and those of others are not', async () => {
    for (const number of [1, 2, 3]) watch(await principalOf(number));
    questions = [];
    watchedAnswers.recheckOrganization(otherOrganizationId);
    expect(questions).toHaveLength(0);
    authority = (number) => (number === 2 ? active(2, { plan: 'maker', epoch: 2 }) : active(number));
    watchedAnswers.recheckOrganization(organizationId);
    await pass(0);
    expect([questions.length, cut]).toEqual([3, ['key_2']]);
  });

  it('stay watched when they began while the authority was asked about an earlier one of their key', async () => {
    const principal = await principalOf(1);
    const unwatch = watch(principal, 'earlier');
    authority = () => undefined;
    watchedAnswers.recheckOrganization(organizationId);
    unwatch();
    watch(principal, 'later');
    questions.at(-1)?.resolve({ active: false });
    await pass(0);
    watchedAnswers.cutKey(principal.keyId);
    expect(cut).toEqual(['later']);
  });
});

function active(number: number, { plan = 'startup', epoch = 1 }: { plan?: Plan; epoch?: number } = {}): Introspection {
  return {
    active: true,
    key: {
      id: apiKeyIdSchema.parse(`key_${number}`),
      organization_id: organizationId,
      scopes: ['sites:read'],
      expires_at: null,
    },
    organization: { plan, epoch },
    as_of: '2026-03-14T12:00:00.000Z',
  };
}

import {
  type Admission,
  type AdmissionRequest,
  createMemoryStores,
  type MemoryStores,
  markerRetentionMs,
  newGeneration,
} from '@engagetrack/admission-store';
import { parseApiKeyHash } from '@engagetrack/api-key';
import { apiKeyIdSchema, type Introspection, organizationIdSchema, Problem } from '@engagetrack/contracts';
import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import { createKeyDirectory, type KeyDirectory, type KnownKey } from '../keys/key-directory.ts';
import { createStoreClock } from '../store-clock.ts';
import { createGatewayMetrics, type GatewayMetrics } from '../telemetry/metrics.ts';
import { type Admit, type AdmitOutcome, createAdmit, refuseOldDecision } from './admit.ts';
import { createQuotaMemory } from './quota-memory.ts';

const hash = parseApiKeyHash('a'.repeat(64));
const keyId = apiKeyIdSchema.parse('key_1');
const organizationId = organizationIdSchema.parse('org_a');
const policy = { name: 'standard', quota: 600, windowSeconds: 60 };
const policyFor = () => policy;
const yearMs = 365 * 24 * 60 * 60 * 1000;

/** A question to the authority; the test gives the answer. */
interface Question {
  readonly askedAtMs: number;
  answer(introspection: Introspection): void;
  fail(): void;
}

describe('admitting a key', () => {
  let clockMs: number;
  let registry: Registry;
  let metrics: GatewayMetrics;
  let stores: MemoryStores;
  let questions: Question[];
  /** The authority's immediate answer to every question; undefined lets the test answer. */
  let authority: Introspection | 'away' | undefined;
  /** Replace the store's answers, one after another; without any the store itself answers. */
  let verdicts: (() => Promise<Admission>)[];
  let asked: AdmissionRequest[];
  let directory: KeyDirectory;
  let admit: Admit;
  let isStoreAway: boolean;
  /** The store's answer by way of the key service; none unless a test sets it. */
  let detourWord: Admission | undefined;
  let detours: KnownKey[];

  beforeEach(async () => {
    clockMs = Date.UTC(2026, 2, 14, 12, 0, 10);
    registry = new Registry();
    metrics = createGatewayMetrics(registry);
    questions = [];
    authority = active();
    verdicts = [];
    asked = [];
    isStoreAway = false;
    detourWord = undefined;
    detours = [];
    const now = () => clockMs;
    stores = createMemoryStores(now);
    const cycle = await stores.revocations.openCycle();
    const generation = newGeneration();
    await cycle.setWitness(generation, (await cycle.beginReload(generation)) + yearMs);
    const clock = createStoreClock(now, now);
    directory = createKeyDirectory({
      knownKeysMax: 1_000,
      monotonicNow: now,
      storeTimeMs: now,
      introspect: () => {
        const { promise, resolve, reject } = Promise.withResolvers<Introspection>();
        questions.push({
          askedAtMs: clockMs,
          answer: resolve,
          fail: () => reject(new Problem('unavailable')),
        });
        if (authority === 'away') questions.at(-1)?.fail();
        else if (authority !== undefined) resolve(authority);
        return promise;
      },
    });
    admit = createAdmit({
      store: {
        ...stores.admission,
        spend: (request) => {
          asked.push(request);
          if (isStoreAway) return Promise.reject(new Error('connection lost'));
          return verdicts.shift()?.() ?? stores.admission.spend(request);
        },
      },
      directory,
      quotas: createQuotaMemory({ storeNow: clock.now, liveGateways: () => 1 }),
      detour: async (key) => {
        detours.push(key);
        return detourWord;
      },
      clock,
      metrics,
      monotonicNow: now,
    });
  });

  const isForgotten = async (): Promise<boolean> => {
    const before = questions.length;
    await directory.find(hash);
    return questions.length > before;
  };
  const says = (verdict: Exclude<Admission['verdict'], 'spent'>) => async () => ({ verdict });
  const admitNow = (known: Partial<KnownKey> = {}) => admit(hash, { ...knownKey(), ...known }, policyFor);
  const knownKey = (): KnownKey => ({
    keyId,
    organizationId,
    scopes: ['sites:read'],
    expiresAtMs: undefined,
    plan: 'startup',
    epoch: 1,
    readAtStoreTimeMs: clockMs,
  });
  const count = ({ kind, ...outcome }: AdmitOutcome) => ('quota' in outcome ? outcome.quota.spent.count : kind);
  const counted = async () => {
    const admission = await stores.admission.spend({ ...knownKey(), policy });
    return admission.verdict === 'spent' ? admission.count - 1 : admission.verdict;
  };
  const metric = async (name: string, label: string) => {
    const text = (await registry.getSingleMetricAsString(name)) ?? '';
    return Number(new RegExp(`^${name}\\{.*"${label}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  };

  describe('while the store vouches', () => {
    it('asks it once, spends one unit, and asks no other service', async () => {
      expect(await admitNow()).toMatchObject({ kind: 'admitted', key: { keyId }, decidedAtMs: clockMs });
      expect([asked.length, questions.length, await counted()]).toEqual([1, 0, 1]);
      expect(await metric('gateway_decisions_total', 'store')).toBe(1);
    });

    it('dates the decision before the question, because a slow answer is old', async () => {
      const askedAtMs = clockMs;
      verdicts = [
        async () => {
          clockMs += 900;
          return stores.admission.spend({ ...knownKey(), policy });
        },
      ];
      expect(await admitNow()).toMatchObject({ decidedAtMs: askedAtMs });
    });

    it('refuses a revoked and an expired key, and forgets it', async () => {
      await directory.find(hash);
      expect(await isForgotten()).toBe(false);
      expect(await admitNow({ expiresAtMs: clockMs })).toEqual({ kind: 'refused', reason: 'expired_key' });
      expect(await isForgotten()).toBe(true);
      await stores.revocations.mark([{ kind: 'key_revoked', keyId }]);
      expect(await admitNow()).toEqual({ kind: 'refused', reason: 'revoked_key' });
      expect(await isForgotten()).toBe(true);
    });

    it.each<[string, number | undefined]>([
      ['is older than any marker', -markerRetentionMs],
      ['has an unknown age', undefined],
    ])('has knowledge that %s confirmed by the authority, for one unit', async (_what, ageMs) => {
      const readAtStoreTimeMs = ageMs === undefined ? undefined : clockMs + ageMs;
      const outcome = await admitNow({ readAtStoreTimeMs });
      expect([outcome.kind, count(outcome), questions.length]).toEqual(['admitted', 1, 1]);
      expect(await counted()).toBe(1);
      expect(await metric('gateway_decisions_total', 'authority')).toBe(1);
      expect(await metric('gateway_admission_fallbacks_total', 'spent')).toBe(0);
      authority = { active: false };
      expect(await admitNow({ readAtStoreTimeMs })).toEqual({ kind: 'refused', reason: 'unknown_key' });
      authority = 'away';
      await expect(admitNow({ readAtStoreTimeMs })).rejects.toMatchObject({ status: 503 });
    });

    it('trusts the store about knowledge that is just young enough', async () => {
      const outcome = await admitNow({ readAtStoreTimeMs: clockMs - markerRetentionMs + 1 });
      expect([outcome.kind, questions.length]).toEqual(['admitted', 0]);
    });
  });

  describe('with knowledge that the store calls stale', () => {
    beforeEach(async () => {
      await stores.revocations.mark([{ kind: 'organization_changed', organizationId, epoch: 2 }]);
    });

    it('follows the authority’s new answer, for one unit, decided when it was asked again', async () => {
      authority = active({ plan: 'maker', epoch: 2 });
      verdicts = [
        async () => {
          clockMs += 900;
          return { verdict: 'stale' };
        },
      ];
      const outcome = await admitNow();
      expect(outcome).toMatchObject({ kind: 'admitted', key: { plan: 'maker', epoch: 2 }, decidedAtMs: clockMs });
      expect([count(outcome), questions.length, asked.length]).toEqual([1, 1, 2]);
      expect(await metric('gateway_decisions_total', 'store')).toBe(1);
    });

    it('follows the authority alone when the store still knows a newer change', async () => {
      authority = active({ epoch: 1 });
      expect(await admitNow()).toMatchObject({ kind: 'admitted', key: { epoch: 1 } });
      expect(asked).toHaveLength(2);
      expect(await metric('gateway_decisions_total', 'store')).toBe(0);
      expect(await metric('gateway_admission_fallbacks_total', 'stale')).toBe(1);
    });

    it.each<[Admission['verdict'], string]>([
      ['revoked', 'revoked_key'],
      ['expired', 'expired_key'],
    ])('is refused when it is %s by the second answer', async (verdict, reason) => {
      authority = active({ epoch: 2 });
      verdicts = [says('stale'), async () => (verdict === 'spent' ? Promise.reject() : { verdict })];
      expect(await admitNow()).toEqual({ kind: 'refused', reason });
      expect(await isForgotten()).toBe(true);
    });

    it('is refused when the authority no longer knows the key, and 503 when it does not answer', async () => {
      authority = { active: false };
      expect(await admitNow()).toEqual({ kind: 'refused', reason: 'unknown_key' });
      authority = 'away';
      await expect(admitNow()).rejects.toMatchObject({ status: 503 });
    });
  });

  describe.each<[string, () => Promise<Admission>]>([
    ['vouches for nothing', says('untrusted')],
    ['fails', () => Promise.reject(new Error('connection lost'))],
  ])('while the store %s', (_what, answer) => {
    beforeEach(() => {
      verdicts = Array.from({ length: 10 }, () => answer);
    });

    it('asks the authority about each request, and counts alone', async () => {
      for (let n = 1; n <= 3; n += 1) {
        const outcome = await admitNow();
        expect([outcome.kind, count(outcome), questions.length]).toEqual(['admitted', n, n]);
      }
      expect(await metric('gateway_decisions_total', 'authority')).toBe(3);
      expect(await metric('gateway_admission_fallbacks_total', 'untrusted')).toBe(3);
    });

    it('uses the store’s count by way of the key service', async () => {
      detourWord = { verdict: 'spent', count: 42, windowEndMs: clockMs + 1_000, nowMs: clockMs };
      const outcome = await admitNow();
      expect([outcome.kind, count(outcome), questions.length]).toEqual(['admitted', 42, 1]);
      expect(detours).toEqual([expect.objectContaining({ keyId })]);
      // Nothing was counted here that the store would have to learn.
      detourWord = undefined;
      expect(count(await admitNow())).toBe(1);
    });

    it('refuses a key that the store calls revoked or expired by way of the key service', async () => {
      detourWord = { verdict: 'revoked' };
      expect(await admitNow()).toEqual({ kind: 'refused', reason: 'revoked_key' });
      detourWord = { verdict: 'expired' };
      expect(await admitNow()).toEqual({ kind: 'refused', reason: 'expired_key' });
      expect(await isForgotten()).toBe(true);
      expect(await metric('gateway_decisions_total', 'authority')).toBe(0);
    });

    it('counts nothing for a key that the authority refuses', async () => {
      authority = { active: false };
      expect((await admitNow()).kind).toBe('refused');
      authority = 'away';
      await expect(admitNow()).rejects.toMatchObject({ status: 503 });
      expect(detours).toEqual([]);
    });

    it('refuses a key that the authority does not know, and admits none when it does not answer', async () => {
      authority = { active: false };
      expect(await admitNow()).toEqual({ kind: 'refused', reason: 'unknown_key' });
      authority = 'away';
      await expect(admitNow()).rejects.toMatchObject({ status: 503 });
    });

    it('dates the decision before the authority was asked', async () => {
      authority = undefined;
      const askedAtMs = clockMs;
      const outcome = admitNow();
      await settle();
      clockMs += 900;
      questions[0]?.answer(active());
      expect(await outcome).toMatchObject({ decidedAtMs: askedAtMs });
    });

    it('shares a read of the authority only with requests that came before it began', async () => {
      authority = undefined;
      const first = admitNow();
      await settle();
      // The first read may be older than a revocation that these two must see.
      const later = [admitNow(), admitNow()];
      await settle();
      expect(questions).toHaveLength(1);
      questions[0]?.answer(active());
      expect((await first).kind).toBe('admitted');
      await settle();
      expect(questions).toHaveLength(2);
      questions[1]?.answer({ active: false });
      expect(await Promise.all(later)).toEqual(Array(2).fill({ kind: 'refused', reason: 'unknown_key' }));
      expect(questions).toHaveLength(2);
    });
  });

  it('admits no key that the authority calls inactive, and none on memory alone', async () => {
    const answers = fc.constantFrom<Admission['verdict'] | 'lost'>(
      'spent',
      'revoked',
      'expired',
      'stale',
      'untrusted',
      'lost',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(answers, { minLength: 2, maxLength: 2 }),
        fc.constantFrom<'active' | 'inactive' | 'away'>('active', 'inactive', 'away'),
        fc.boolean(),
        async (given, word, isCovered) => {
          authority = word === 'away' ? 'away' : word === 'active' ? active() : { active: false };
          verdicts = given.map((answer) => async () => {
            if (answer === 'lost') throw new Error('connection lost');
            if (answer === 'spent') return { verdict: 'spent', count: 1, windowEndMs: clockMs + 1, nowMs: clockMs };
            return { verdict: answer };
          });
          questions = [];
          const outcome = await admitNow(isCovered ? {} : { readAtStoreTimeMs: undefined }).catch(
            (error: unknown) => error,
          );
          const isAdmitted = !(outcome instanceof Problem) && (outcome as AdmitOutcome).kind === 'admitted';
          const isVouchedFor = (given[0] === 'spent' && isCovered) || (questions.length > 0 && word === 'active');
          if (isAdmitted) expect(isVouchedFor).toBe(true);
          if (given[0] === 'revoked' || given[0] === 'expired') expect(isAdmitted).toBe(false);
          if (given[0] === 'spent' && isCovered) expect([isAdmitted, questions.length]).toEqual([true, 0]);
        },
      ),
      { numRuns: 500 },
    );
  });

  describe('after a time without the store', () => {
    const spendAlone = async (times: number) => {
      isStoreAway = true;
      for (let n = 0; n < times; n += 1) await admitNow();
      isStoreAway = false;
    };

    it('reports once the units admitted meanwhile, also with many requests at the same time', async () => {
      await admitNow();
      await spendAlone(20);
      const outcomes = await Promise.all(Array.from({ length: 10 }, () => admitNow()));
      expect(Math.max(...outcomes.map((outcome) => Number(count(outcome))))).toBe(31);
      expect(await counted()).toBe(31);
    });

    it('reports them again after a failed report', async () => {
      await admitNow();
      await spendAlone(20);
      verdicts = [() => Promise.reject(new Error('connection lost'))];
      await admitNow();
      await admitNow();
      // One from before, twenty alone, one more alone with the failed report, and the last.
      expect(await counted()).toBe(23);
    });

    it('still reports units that were admitted while an answer was under way', async () => {
      await admitNow();
      const late = Promise.withResolvers<void>();
      verdicts = [
        async () => {
          const admission = await stores.admission.spend({ ...knownKey(), policy });
          await late.promise;
          return admission;
        },
      ];
      const underWay = admitNow();
      await spendAlone(5);
      late.resolve();
      await underWay;
      await admitNow();
      expect(await counted()).toBe(8);
    });
  });
});

describe('a decision', () => {
  it('is carried out within a second, and not a millisecond later', () => {
    expect(() => refuseOldDecision(5_000, 6_000)).not.toThrow();
    expect(() => refuseOldDecision(5_000, 6_001)).toThrow(
      expect.objectContaining({ status: 503, reason: 'decision_too_old' }),
    );
  });
});

function active({ plan = 'startup', epoch = 1 }: { plan?: 'maker' | 'startup'; epoch?: number } = {}): Introspection {
  return {
    active: true,
    key: { id: keyId, organization_id: organizationId, scopes: ['sites:read'], expires_at: null },
    organization: { plan, epoch },
    as_of: '2026-03-14T12:00:00.000Z',
  };
}

/** Lets all work continue that waits for promises only. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

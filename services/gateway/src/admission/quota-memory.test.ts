import type { CarriedCount, Spent } from '@engagetrack/admission-store';
import { apiKeyIdSchema } from '@engagetrack/contracts';
import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createQuotaMemory, type QuotaMemory } from './quota-memory.ts';

const keyId = apiKeyIdSchema.parse('key_1');
const otherKeyId = apiKeyIdSchema.parse('key_2');
const policy = { name: 'analytics', quota: 600, windowSeconds: 60 };
const windowMs = 60_000;
const startMs = Date.UTC(2026, 2, 14, 12, 0, 0);
/** A smaller table, because the usual one takes longer to make than most tests. */
const countersMax = 10;

describe('the quota memory of a gateway', () => {
  let nowMs: number;
  let gateways: number | undefined;
  let memory: QuotaMemory;
  beforeEach(() => {
    nowMs = startMs + 10_000;
    gateways = 2;
    memory = createQuotaMemory({ storeNow: () => nowMs, liveGateways: () => gateways, countersMax });
  });

  const endMs = () => nowMs - (nowMs % windowMs) + windowMs;
  const spent = (count: number): Spent => ({ verdict: 'spent', count, windowEndMs: endMs(), nowMs });
  /** The store counts a unit of this gateway, and the units that its question carries. */
  const hear = (count: number, of = keyId) => memory.heard(of, policy, spent(count), memory.carry(of, policy));
  const spendAlone = (of = keyId) => memory.spendAlone(of, policy);
  /** The number of units that this gateway admits alone until it refuses. */
  const admitAlone = (by = memory, most = 10 * policy.quota, under = policy): number => {
    let admitted = 0;
    while (admitted < most && by.spendAlone(keyId, under).count <= under.quota) admitted += 1;
    return admitted;
  };

  describe('alone', () => {
    it('admits its share of the units it heard to be left, and tells the caller the rest of that share', () => {
      hear(100);
      expect(spendAlone()).toEqual({ verdict: 'spent', count: 351, windowEndMs: endMs(), nowMs });
      expect(admitAlone()).toBe(249);
      expect(spendAlone().count).toBe(601);
    });

    it.each([
      [0, 600],
      [1, 600],
      [3, 200],
      [7, 85],
      [601, 0],
    ])('admits its share of a window that no gateway has heard of, among %d gateways: %d', (live, share) => {
      gateways = live;
      expect(admitAlone()).toBe(share);
    });

    it('assumes four gateways before it has heard of any', () => {
      gateways = undefined;
      expect(admitAlone()).toBe(150);
    });

    it('admits nothing of a key without an answer in this window: others may have spent all', () => {
      hear(1, otherKeyId);
      expect(admitAlone()).toBe(0);
      nowMs += windowMs;
      expect(admitAlone()).toBe(300);
    });

    it('knows all spent units when no other gateway shares the quota', () => {
      gateways = 1;
      hear(1, otherKeyId);
      expect(admitAlone()).toBe(600);
    });

    it('admits nothing of a quota that is overspent', () => {
      hear(4_000);
      expect(admitAlone()).toBe(0);
    });

    it('counts keys, policies and windows each by themselves', () => {
      gateways = 1;
      expect(admitAlone()).toBe(600);
      expect(spendAlone(otherKeyId).count).toBe(1);
      expect(memory.spendAlone(keyId, { ...policy, name: 'standard' }).count).toBe(1);
      nowMs = endMs() - 1;
      expect(spendAlone().count).toBe(601);
      nowMs += 1;
      expect(spendAlone()).toEqual({ verdict: 'spent', count: 1, windowEndMs: endMs(), nowMs });
    });

    it('keeps to its share when the number of gateways changes meanwhile', () => {
      hear(100);
      expect(spendAlone().count).toBe(351);
      gateways = 1;
      expect(admitAlone()).toBe(249);
    });

    it('subtracts its earlier admissions from its next share, until the store has counted them', () => {
      hear(100);
      expect(admitAlone(memory, 50)).toBe(50);
      // The answer to an earlier question: the store does not know of the fifty yet.
      memory.heard(keyId, policy, spent(101), { windowEndMs: endMs(), seen: 100, unreported: 0 });
      expect(admitAlone()).toBe(199);
    });
  });

  describe('with the store', () => {
    it('carries nothing of a key without a counter', () => {
      expect(memory.carry(keyId, policy)).toBeUndefined();
    });

    it('carries the highest count it has heard, in any order', () => {
      for (const count of [5, 9, 7]) hear(count);
      expect(memory.carry(keyId, policy)).toEqual({ windowEndMs: endMs(), seen: 9, unreported: 0 });
    });

    it('carries its own admissions with one question, and again only when that one failed', () => {
      hear(5);
      expect(admitAlone(memory, 3)).toBe(3);
      const first = memory.carry(keyId, policy);
      expect(first).toEqual({ windowEndMs: endMs(), seen: 5, unreported: 3 });
      expect(memory.carry(keyId, policy)).toMatchObject({ unreported: 0 });
      memory.unheard(keyId, policy, first);
      const second = memory.carry(keyId, policy);
      expect(second).toMatchObject({ unreported: 3 });
      memory.heard(keyId, policy, spent(9), second);
      expect(memory.carry(keyId, policy)).toEqual({ windowEndMs: endMs(), seen: 9, unreported: 0 });
    });

    it('keeps for the next question the units it admits while one is under way', () => {
      hear(5);
      expect(admitAlone(memory, 3)).toBe(3);
      const first = memory.carry(keyId, policy);
      expect(admitAlone(memory, 2)).toBe(2);
      memory.heard(keyId, policy, spent(9), first);
      expect(memory.carry(keyId, policy)).toMatchObject({ unreported: 2 });
    });

    it('forgets a window when the store has begun the next one, also when a late answer follows', () => {
      hear(5);
      expect(admitAlone(memory, 3)).toBe(3);
      const late = { answer: spent(6), carried: memory.carry(keyId, policy) };
      nowMs += windowMs;
      hear(1);
      memory.heard(keyId, policy, late.answer, late.carried);
      memory.unheard(keyId, policy, late.carried);
      expect(memory.carry(keyId, policy)).toEqual({ windowEndMs: endMs(), seen: 1, unreported: 0 });
    });
  });

  describe('when the store is back', () => {
    it('uses its count, unless others may still have as many units to report as this gateway had', () => {
      hear(400);
      expect(admitAlone(memory, 50)).toBe(50);
      // 400, its own fifty and this one; the other gateway may have admitted fifty too.
      expect(hear(451)).toEqual(spent(451));
      expect(hear(550)).toEqual(spent(550));
      expect(hear(551)).toEqual(spent(601));
      expect(memory.carry(keyId, policy)).toMatchObject({ seen: 551, unreported: 0 });
      gateways = 1;
      expect(hear(552)).toEqual(spent(552));
    });

    it('uses its count again after two seconds, in which the others have reported', () => {
      hear(400);
      expect(admitAlone(memory, 100)).toBe(100);
      expect(hear(501).count).toBe(601);
      nowMs += 1_999;
      expect(hear(502).count).toBe(601);
      nowMs += 1;
      expect(hear(503)).toEqual(spent(503));
    });

    it('subtracts nothing from a key that it has never admitted alone', () => {
      hear(1, otherKeyId);
      spendAlone(otherKeyId);
      expect(hear(600)).toEqual(spent(600));
    });
  });

  describe('and those of others', () => {
    // The arithmetic is the same for any quota, and a small one takes a tenth of the time.
    const small = { ...policy, quota: 60 };
    const fleet = (size: number) => {
      gateways = size;
      return Array.from({ length: size }, () =>
        createQuotaMemory({ storeNow: () => nowMs, liveGateways: () => gateways, countersMax }),
      );
    };
    const sum = (figures: readonly number[]) => figures.reduce((total, figure) => total + figure, 0);
    const sizes = fc.integer({ min: 1, max: 12 });

    it('stay within the quota together, in a window that none has heard of', () => {
      fc.assert(
        fc.property(sizes, fc.array(fc.boolean(), { maxLength: 12 }), (size, heardBefore) => {
          const all = fleet(size);
          for (const [index, each] of all.entries())
            if (heardBefore[index]) each.heard(keyId, small, spent(17), undefined);
          nowMs += windowMs;
          expect(sum(all.map((each) => admitAlone(each, 10 * small.quota, small)))).toBeLessThanOrEqual(small.quota);
        }),
      );
    });

    it('stay within the quota together, where each has heard the last count or nothing', () => {
      fc.assert(
        fc.property(
          sizes,
          fc.integer({ min: 1, max: 70 }),
          fc.array(fc.boolean(), { maxLength: 12 }),
          (size, count, unheard) => {
            const all = fleet(size);
            for (const [index, each] of all.entries())
              each.heard(unheard[index] ? otherKeyId : keyId, small, spent(count), undefined);
            const before = all.some((_each, index) => !unheard[index]) ? Math.min(count, small.quota) : 0;
            const alone = sum(all.map((each) => admitAlone(each, 10 * small.quota, small)));
            expect(before + alone).toBeLessThanOrEqual(small.quota);
          },
        ),
      );
    });

    it('stay within the quota together when the store is back, under an even load', () => {
      fc.assert(
        fc.property(sizes, fc.nat(small.quota), fc.nat(small.quota), (size, before, askedAlone) => {
          const all = fleet(size);
          let count = before;
          for (const each of all) each.heard(keyId, small, spent(before), undefined);
          let admitted = before;
          for (let n = 0; n < askedAlone; n += 1)
            for (const each of all) if (each.spendAlone(keyId, small).count <= small.quota) admitted += 1;
          for (let n = 0; n < 2 * small.quota; n += 1) {
            const each = all[n % size] ?? memory;
            const carried = each.carry(keyId, small);
            count += 1 + (carried?.unreported ?? 0) + Math.max(0, (carried?.seen ?? 0) - count);
            if (each.heard(keyId, small, spent(count), carried).count <= small.quota) admitted += 1;
          }
          expect(admitted).toBeLessThanOrEqual(small.quota);
        }),
      );
    });

    it('stay below two quotas together, with counts of any age', () => {
      const counts = fc.array(fc.integer({ min: 1, max: small.quota }), { minLength: 1, maxLength: 12 });
      fc.assert(
        fc.property(counts, (seen) => {
          const all = fleet(seen.length);
          for (const [index, each] of all.entries()) each.heard(keyId, small, spent(seen[index] ?? 1), undefined);
          const alone = sum(all.map((each) => admitAlone(each, 10 * small.quota, small)));
          expect(Math.max(...seen) + alone).toBeLessThan(2 * small.quota);
        }),
      );
    });
  });

  it('keeps a gateway that is alone within the quota, also when the store comes, goes and forgets repeatedly', () => {
    const happenings = fc.constantFrom('answers', 'is away', 'answers too late', 'forgets');
    fc.assert(
      fc.property(fc.array(happenings, { minLength: 20, maxLength: 200 }), (course) => {
        const small = { ...policy, quota: 30 };
        const alone = createQuotaMemory({ storeNow: () => nowMs, liveGateways: () => 1, countersMax });
        let count = 0;
        let admitted = 0;
        const store = (carried: CarriedCount | undefined): Spent => {
          count += 1 + (carried?.unreported ?? 0) + Math.max(0, (carried?.seen ?? 0) - count);
          return spent(count);
        };
        for (const happening of course) {
          if (happening === 'forgets') {
            count = 0;
            continue;
          }
          const carried = alone.carry(keyId, small);
          const answer = happening === 'is away' ? undefined : store(carried);
          if (happening === 'answers' && answer !== undefined) alone.heard(keyId, small, answer, carried);
          else alone.unheard(keyId, small, carried);
          const unit = happening === 'answers' ? answer : alone.spendAlone(keyId, small);
          if ((unit?.count ?? 0) <= small.quota) admitted += 1;
        }
        expect(admitted).toBeLessThanOrEqual(small.quota);
      }),
      { numRuns: 500 },
    );
  });
});

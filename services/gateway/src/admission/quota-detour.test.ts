import { type Admission, type AdmissionRequest, createMemoryStores, newGeneration } from '@engagetrack/admission-store';
import { apiKeyIdSchema, organizationIdSchema } from '@engagetrack/contracts';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { KnownKey } from '../keys/key-directory.ts';
import { createQuotaDetour, type QuotaDetour } from './quota-detour.ts';
import { createQuotaMemory, type QuotaMemory } from './quota-memory.ts';

const policy = { name: 'analytics', quota: 600, windowSeconds: 60 };
const yearMs = 365 * 24 * 60 * 60 * 1000;

describe('the way to the store through the key service', () => {
  let quotas: QuotaMemory;
  let detour: QuotaDetour;
  let asked: AdmissionRequest[];
  /** The next question waits for this before it reaches the store. */
  let gate: Promise<void>;
  /** Replaces the store's own answer. */
  let word: (() => Promise<Admission>) | undefined;
  beforeEach(async () => {
    const now = () => Date.UTC(2026, 2, 14, 12, 0, 10);
    const stores = createMemoryStores(now);
    const cycle = await stores.revocations.openCycle();
    const generation = newGeneration();
    await cycle.setWitness(generation, (await cycle.beginReload(generation)) + yearMs);
    quotas = createQuotaMemory({ storeNow: now, liveGateways: () => 2 });
    asked = [];
    gate = Promise.resolve();
    word = undefined;
    detour = createQuotaDetour({
      spendThroughKeyService: async (request) => {
        asked.push(request);
        await gate;
        return word === undefined ? stores.admission.spend(request) : word();
      },
      quotas,
    });
  });

  const spend = (number = 1) => detour(known(number), policy);
  const countOf = (admission: Admission | undefined) =>
    admission?.verdict === 'spent' ? admission.count : admission?.verdict;
  const unitsAsked = () => asked.map(({ units }) => units);

  it('spends a unit there', async () => {
    expect(await spend()).toMatchObject({ verdict: 'spent', count: 1, windowEndMs: Date.UTC(2026, 2, 14, 12, 1, 0) });
    expect(countOf(await spend())).toBe(2);
  });

  it('sends requests that come meanwhile together, each with a count of its own', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    const first = spend();
    await settle();
    const rest = Array.from({ length: 50 }, () => spend());
    const other = spend(2);
    await settle();
    expect(unitsAsked()).toEqual([1, 1]);
    resolve();
    expect((await Promise.all([first, ...rest])).map(countOf)).toEqual(Array.from({ length: 51 }, (_, n) => n + 1));
    expect(countOf(await other)).toBe(1);
    expect(unitsAsked()).toEqual([1, 1, 50]);
    expect(countOf(await spend())).toBe(52);
  });

  it('reports to the store the units spent alone, and remembers its answer', async () => {
    for (let n = 0; n < 3; n += 1) quotas.spendAlone(known(1).keyId, policy);
    expect(countOf(await spend())).toBe(4);
    expect(countOf(await spend())).toBe(5);
    // When alone again, it uses the count that it has heard this way.
    expect(quotas.spendAlone(known(1).keyId, policy)).toMatchObject({ count: 600 - Math.floor(595 / 2) + 1 });
  });

  it.each(['revoked', 'expired', 'stale'] as const)('returns the store’s verdict %s', async (verdict) => {
    word = async () => ({ verdict });
    expect(await spend()).toEqual({ verdict });
    expect(await spend()).toEqual({ verdict });
  });

  it.each<[string, () => Promise<Admission>]>([
    ['vouches for nothing', async () => ({ verdict: 'untrusted' })],
    ['does not answer', () => Promise.reject(new Error('timeout'))],
  ])('fails when the store %s there', async (_what, answer) => {
    word = answer;
    quotas.spendAlone(known(1).keyId, policy);
    expect(await Promise.all([spend(), spend(), spend(2)])).toEqual([undefined, undefined, undefined]);
    word = undefined;
    // The report of the unit spent alone failed, so it is repeated.
    expect(countOf(await spend())).toBe(2);
  });
});

function known(number: number): KnownKey {
  return {
    keyId: apiKeyIdSchema.parse(`key_${number}`),
    organizationId: organizationIdSchema.parse('org_a'),
    scopes: ['sites:read'],
    expiresAtMs: undefined,
    plan: 'startup',
    epoch: 1,
    readAtStoreTimeMs: undefined,
  };
}

/** Lets all work continue that waits for promises only. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

import { describe, expect, it } from '@jest/globals';
import { createMemoryAdmissionStore } from '../src/index.ts';
import { firstEpoch, itKeepsTheAdmissionPromises, newRequest } from './admission-store-contract.ts';

describe('the in-memory admission store', () => {
  itKeepsTheAdmissionPromises(async () => {
    const store = createMemoryAdmissionStore(() => Date.now());
    return { first: store, second: store, close: async () => undefined };
  });

  it('takes its time from the clock it is given, to the millisecond', async () => {
    let nowMs = Date.UTC(2026, 2, 14, 12, 0, 59, 999);
    const store = createMemoryAdmissionStore(() => nowMs);
    const expiresAtMs = Date.UTC(2026, 2, 14, 12, 1, 0);
    const request = newRequest({ expiresAtMs });
    await store.raiseEpoch(request.organizationId, firstEpoch);
    expect(await store.spend(request)).toEqual({ verdict: 'spent', count: 1, windowEndMs: expiresAtMs, nowMs });
    nowMs += 1;
    expect(await store.spend(request)).toEqual({ verdict: 'expired' });
    expect(await store.spend({ ...request, expiresAtMs: undefined })).toEqual({
      verdict: 'spent',
      count: 1,
      windowEndMs: expiresAtMs + 60_000,
      nowMs,
    });
  });
});

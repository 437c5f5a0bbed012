import { describe, expect, it } from '@jest/globals';
import { createMemoryStores } from '../src/index.ts';
import { itKeepsTheAdmissionPromises, newRequest, reload, type Store, storeOf } from './admission-store-contract.ts';

describe('the in-memory admission store', () => {
  itKeepsTheAdmissionPromises(async () => {
    const store = inMemory(() => Date.now());
    return { first: store, second: store, close: async () => undefined };
  });

  it('takes its time from the clock it is given, to the millisecond', async () => {
    let nowMs = Date.UTC(2026, 2, 14, 12, 0, 59, 999);
    const store = inMemory(() => nowMs);
    await reload(store);
    const expiresAtMs = Date.UTC(2026, 2, 14, 12, 1, 0);
    const request = newRequest({ expiresAtMs });
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

function inMemory(now: () => number): Store {
  const { admission, revocations } = createMemoryStores(now);
  return storeOf(admission, revocations);
}

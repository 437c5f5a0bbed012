import { beforeEach, describe, expect, it } from '@jest/globals';
import { createStoreClock, type StoreClock } from './store-clock.ts';

describe('the store’s clock', () => {
  let wallMs: number;
  let monotonicMs: number;
  let clock: StoreClock;
  beforeEach(() => {
    wallMs = 1_700_000_000_000;
    monotonicMs = 5_000;
    clock = createStoreClock(
      () => wallMs,
      () => monotonicMs,
    );
  });

  it('is the process clock until the store has answered', () => {
    expect(clock.now()).toBe(wallMs);
    wallMs += 10;
    expect(clock.now()).toBe(wallMs);
  });

  it('continues from the store’s time, also when the process clock steps', () => {
    clock.heard(1_600_000_000_000);
    expect(clock.now()).toBe(1_600_000_000_000);
    wallMs += 3_600_000;
    monotonicMs += 1_500;
    expect(clock.now()).toBe(1_600_000_001_500);
  });

  it('follows the store when it is set, forwards and backwards', () => {
    clock.heard(1_600_000_000_000);
    monotonicMs += 100;
    clock.heard(1_600_000_005_000);
    expect(clock.now()).toBe(1_600_000_005_000);
    clock.heard(1_599_999_990_000);
    monotonicMs += 1;
    expect(clock.now()).toBe(1_599_999_990_001);
  });
});

import { type ApiKeyId, apiKeyIdSchema } from '@engagetrack/contracts';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createKeyBursts, type KeyBursts } from './key-bursts.ts';

const busy = apiKeyIdSchema.parse('key_busy');
const other = apiKeyIdSchema.parse('key_other');

describe('bursts of one key', () => {
  let bursts: KeyBursts;
  let begun: string[];
  beforeEach(() => {
    jest.useFakeTimers();
    bursts = createKeyBursts();
    begun = [];
  });
  afterEach(() => {
    bursts.stop();
    jest.useRealTimers();
  });
  const begin = async (keyId: ApiKeyId, what: string): Promise<void> => {
    await bursts.turn(keyId);
    begun.push(what);
  };
  const beginMany = (count: number, keyId = busy): void => {
    for (let n = 0; n < count; n += 1) void begin(keyId, `${keyId} ${n}`);
  };

  it('begin at once up to a usual crowd', async () => {
    beginMany(16);
    await jest.advanceTimersByTimeAsync(0);
    expect(begun).toHaveLength(16);
  });

  it('begin five hundred a second above it, in their order', async () => {
    beginMany(550);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(begun).toEqual(Array.from({ length: 516 }, (_, n) => `key_busy ${n}`));
    await jest.advanceTimersByTimeAsync(80);
    expect(begun).toHaveLength(550);
  });

  it('begin a hundred a second once the quota is spent, and as fast as before after a quiet moment', async () => {
    const beginOver = async (): Promise<void> => {
      await begin(busy, 'over quota');
      bursts.wasOverQuota(busy);
    };
    for (let n = 0; n < 400; n += 1) void beginOver();
    await jest.advanceTimersByTimeAsync(0);
    expect(begun).toHaveLength(16);
    await jest.advanceTimersByTimeAsync(1_000);
    const inFirstSecond = begun.length - 16;
    await jest.advanceTimersByTimeAsync(1_000);
    const inNextSecond = begun.length - 16 - inFirstSecond;
    expect(inFirstSecond).toBeLessThanOrEqual(100);
    expect(inNextSecond).toBeGreaterThanOrEqual(95);
    expect(inNextSecond).toBeLessThanOrEqual(105);
    await jest.advanceTimersByTimeAsync(5_000);
    begun = [];
    beginMany(16);
    await jest.advanceTimersByTimeAsync(0);
    expect(begun).toHaveLength(16);
  });

  it('hold no other key up', async () => {
    beginMany(1_000);
    beginMany(1, other);
    await jest.advanceTimersByTimeAsync(0);
    expect(begun).toContain('key_other 0');
  });

  it('have room again after a quiet moment, and rest', async () => {
    beginMany(16);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(jest.getTimerCount()).toBe(0);
    beginMany(16);
    await jest.advanceTimersByTimeAsync(0);
    expect(begun).toHaveLength(32);
  });

  it('are refused where too many of the same key wait already, and of no other', async () => {
    beginMany(16 + 1_024);
    await expect(begin(busy, 'one more')).rejects.toMatchObject({ status: 503, reason: 'key_over_capacity' });
    await begin(other, 'another key');
    expect(begun.at(-1)).toBe('another key');
  });

  it('begin when it stops', async () => {
    beginMany(100);
    bursts.stop();
    await jest.advanceTimersByTimeAsync(0);
    expect(begun).toHaveLength(100);
  });
});

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

  describe('over its quota', () => {
    const refuseMany = (count: number): void => {
      for (let n = 0; n < count; n += 1) bursts.refusals(busy).take(() => begun.push(`refused ${n}`));
    };

    it('are refused a hundred a second, sixteen at once, in their order', () => {
      refuseMany(130);
      expect(begun).toHaveLength(16);
      jest.advanceTimersByTime(1_000);
      expect(begun).toEqual(Array.from({ length: 116 }, (_, n) => `refused ${n}`));
      jest.advanceTimersByTime(140);
      expect(begun).toHaveLength(130);
    });

    it('have no more refusals at once for beginning one by one', () => {
      for (let n = 0; n < 40; n += 1) {
        beginMany(1);
        refuseMany(1);
        jest.advanceTimersByTime(5);
      }
      expect(begun.filter((what) => what.startsWith('refused')).length).toBeLessThanOrEqual(16 + 20);
    });

    it('hold up nothing that begins', async () => {
      refuseMany(100);
      begun = [];
      beginMany(16);
      await jest.advanceTimersByTimeAsync(0);
      expect(begun).toHaveLength(16);
    });

    it('are too many where their refusals wait, with those that wait to begin', async () => {
      refuseMany(16 + 1_000);
      beginMany(16 + 24);
      await expect(begin(busy, 'one more')).rejects.toMatchObject({ status: 503, reason: 'key_over_capacity' });
      await begin(other, 'another key');
      expect(begun.at(-1)).toBe('another key');
    });

    it('are too many where only their refusals wait', async () => {
      refuseMany(16 + 1_024);
      await expect(begin(busy, 'one more')).rejects.toMatchObject({ status: 503, reason: 'key_over_capacity' });
    });

    it('are refused at once when it is told so, whoever waits and whoever comes', () => {
      refuseMany(100);
      bursts.refuseWithoutWaiting();
      expect(begun).toHaveLength(100);
      refuseMany(50);
      bursts.refusals(other).take(() => begun.push('another key'));
      expect(begun).toHaveLength(151);
    });

    it('have their burst again after a quiet moment, and rest', () => {
      refuseMany(16);
      jest.advanceTimersByTime(1_000);
      expect(jest.getTimerCount()).toBe(0);
      refuseMany(16);
      expect(begun).toHaveLength(32);
    });
  });

  it('begin behind those that wait already', async () => {
    beginMany(16 + 5);
    await jest.advanceTimersByTimeAsync(5);
    void begin(busy, 'late');
    await jest.advanceTimersByTimeAsync(100);
    expect(begun).toHaveLength(22);
    expect(begun.at(-1)).toBe('late');
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

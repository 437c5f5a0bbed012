import { type ApiKeyHash, parseApiKeyHash } from '@engagetrack/api-key';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createKeyBursts, type KeyBursts } from './key-bursts.ts';

const busy = parseApiKeyHash('b'.repeat(64));
const other = parseApiKeyHash('0'.repeat(64));
const unknown = parseApiKeyHash('f'.repeat(64));

describe('bursts of one key', () => {
  let bursts: KeyBursts;
  let begun: string[];
  beforeEach(() => {
    jest.useFakeTimers();
    bursts = createKeyBursts((hash) => hash !== unknown);
    begun = [];
  });
  afterEach(() => {
    bursts.stop();
    jest.useRealTimers();
  });
  const begin = (hash: ApiKeyHash, what: string, isHere = true): void =>
    bursts.take(hash, () => {
      if (isHere) begun.push(what);
      return isHere;
    });
  const beginMany = (count: number, hash = busy): void => {
    for (let n = 0; n < count; n += 1) begin(hash, `${hash[0]} ${n}`);
  };

  it('begin at once up to a usual crowd', () => {
    beginMany(16);
    expect(begun).toHaveLength(16);
  });

  it('begin five hundred a second above it, in their order', () => {
    beginMany(550);
    jest.advanceTimersByTime(1_000);
    expect(begun).toEqual(Array.from({ length: 516 }, (_, n) => `b ${n}`));
    jest.advanceTimersByTime(80);
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

    it('hold up nothing that begins', () => {
      refuseMany(100);
      begun = [];
      beginMany(16);
      expect(begun).toHaveLength(16);
    });

    it('are too many where their refusals wait, with those that wait to begin', () => {
      refuseMany(16 + 1_000);
      beginMany(16 + 24);
      expect(() => begin(busy, 'one more')).toThrow(
        expect.objectContaining({ status: 503, reason: 'key_over_capacity' }),
      );
      begin(other, 'another key');
      expect(begun.at(-1)).toBe('another key');
    });

    it('are too many where only their refusals wait', () => {
      refuseMany(16 + 1_024);
      expect(() => begin(busy, 'one more')).toThrow(
        expect.objectContaining({ status: 503, reason: 'key_over_capacity' }),
      );
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

  it('begin behind those that wait already', () => {
    beginMany(16 + 5);
    jest.advanceTimersByTime(5);
    begin(busy, 'late');
    jest.advanceTimersByTime(100);
    expect(begun).toHaveLength(22);
    expect(begun.at(-1)).toBe('late');
  });

  it('hold no other key up', () => {
    beginMany(1_000);
    beginMany(1, other);
    expect(begun).toContain('0 0');
  });

  it('have room again after a quiet moment, and rest', () => {
    beginMany(16);
    jest.advanceTimersByTime(1_000);
    expect(jest.getTimerCount()).toBe(0);
    beginMany(16);
    expect(begun).toHaveLength(32);
  });

  it('are refused where too many of the same key wait already, and of no other', () => {
    beginMany(16 + 1_024);
    expect(() => begin(busy, 'one more')).toThrow(
      expect.objectContaining({ status: 503, reason: 'key_over_capacity' }),
    );
    begin(other, 'another key');
    expect(begun.at(-1)).toBe('another key');
  });

  it("are nobody's turn when their callers have left", () => {
    beginMany(16);
    for (let n = 0; n < 500; n += 1) begin(busy, 'left', false);
    begin(busy, 'here');
    jest.advanceTimersByTime(5);
    expect(begun.slice(16)).toEqual(['here']);
  });

  it("begin at once, however many, with a key that is nobody's for all that is known", () => {
    beginMany(2_000, unknown);
    expect(begun).toHaveLength(2_000);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('begin when it stops', () => {
    beginMany(100);
    bursts.stop();
    expect(begun).toHaveLength(100);
  });
});

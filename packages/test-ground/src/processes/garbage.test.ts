import { describe, expect, it } from '@jest/globals';
import { readGarbage } from './garbage.ts';

const mb = 2 ** 20;
const output = `
[20601:0x436e1000]     9150 ms: Scavenge 50.0 (79.1) -> 40.0 (79.1) MB, pooled: 5 MB, 5.79 / 0.00 ms  (average mu = 0.945) task;
{"level":"info","at":"request","ms":74.1}
[20601:0x436e1000]     9197 ms: Scavenge 52.0 (79.1) -> 41.0 (79.3) MB, pooled: 5 MB, 5.30 / 0.01 ms  (average mu = 0.945) task;
[20601:0x436e1000]     9243 ms: Mark-Compact 45.0 (79.3) -> 29.0 (78.8) MB, pooled: 5 MB, 9.40 / 0.01 ms  (+ 1.2 ms in 17 steps)
[20601:0x436e1000]     9300 ms: Scavenge (interleaved) 42.0 (78.8) -> 32.0 (78.8) MB, pooled: 5 MB, 4.72 / 0.01 ms
[20601:0x436e1000]     9351 ms: Scavenge 43.0 (78.8) -> 32.5 (78.8) MB, pooled: 5 MB, 7.12 / 0.01 ms
`;

describe('readGarbage', () => {
  it('adds up what was allocated between collections, and what young ones left behind', () => {
    expect(readGarbage(output)).toEqual({
      young: 4,
      allocatedBytes: (12 + 4 + 13 + 11) * mb,
      grownOldBytes: (1 + 0.5) * mb,
    });
  });

  it('finds nothing in other output', () => {
    expect(readGarbage('{"ms":1}\n')).toEqual({ young: 0, allocatedBytes: 0, grownOldBytes: 0 });
  });
});

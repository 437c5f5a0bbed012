import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { plantedHoles } from './planted-holes.ts';

const gatewaySources = new URL('../../../services/gateway/src/', import.meta.url);

describe('the planted holes', () => {
  it.each(plantedHoles.map((hole) => [hole.what, hole] as const))(
    'fit the sources: %s',
    (_what, { file, from, to }) => {
      expect(readFileSync(new URL(file, gatewaySources), 'utf8').split(from)).toHaveLength(2);
      expect(to).not.toBe(from);
    },
  );
});

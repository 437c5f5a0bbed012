import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { faultsNamed } from '../faults/catalogue.ts';
import { textOf } from './switched-off-rule.ts';
import { switchedOffRules } from './switched-off-rules.ts';

const workspace = fileURLToPath(new URL('../../../../', import.meta.url));

describe('the rules that are switched off', () => {
  it.each(switchedOffRules)('fit the sources: $rule', ({ changes }) => {
    for (const { file, from, to } of changes) {
      const source = readFileSync(`${workspace}${file}`, 'utf8');
      expect([file, source.split(from).length - 1]).toEqual([file, 1]);
      expect(to).not.toBe(from);
    }
  });

  it('have each a text of its own, and a row of the catalogue where they name one', () => {
    expect(new Set(switchedOffRules.map(({ rule }) => textOf(rule))).size).toBe(switchedOffRules.length);
    for (const { seenBy } of switchedOffRules)
      if (seenBy.kind === 'fault') expect(faultsNamed([seenBy.id])).toHaveLength(1);
  });
});

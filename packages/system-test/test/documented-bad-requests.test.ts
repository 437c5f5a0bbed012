import { readFileSync } from 'node:fs';
import { badRequestDetail, badRequestDetails } from '@engagetrack/contracts';
import { describe, expect, it } from '@jest/globals';

const documentation = readFileSync(new URL('../../../docs/http-api.md', import.meta.url), 'utf8');

describe('the table of 400 reasons in docs/http-api.md', () => {
  const [, rows = ''] = /^\| `reason` +\| `detail`.*\n\| -.*\n((?:\|.*\n)+)/m.exec(documentation) ?? [];
  const documented = [...rows.matchAll(/^\| `([^`]+)` +\| (.+?) +\|$/gm)].map(([, reason, detail]) => [reason, detail]);

  it('has each reason with the sentence that the answer has, and no other', () => {
    expect(documented).toEqual([
      ...Object.entries(badRequestDetails),
      ['duplicate_…', badRequestDetail('duplicate_host')],
      ['hpe_…', badRequestDetail('hpe_invalid_method')],
    ]);
    expect(rows.trimEnd().split('\n')).toHaveLength(documented.length);
  });
});

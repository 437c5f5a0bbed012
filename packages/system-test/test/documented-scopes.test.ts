import { readFileSync } from 'node:fs';
import { scopes } from '@engagetrack/contracts';
import { describe, expect, it } from '@jest/globals';

const documentation = readFileSync(new URL('../../../docs/http-api.md', import.meta.url), 'utf8');

describe('the scope table of docs/http-api.md', () => {
  const [, rows = ''] = /^\| scope +\| grants.*\n\| -.*\n((?:\|.*\n)+)/m.exec(documentation) ?? [];
  const documented = [...rows.matchAll(/^\| `([^`]+)` +\| \S/gm)].map(([, scope = '']) => scope);

  it('has a row for every scope', () => {
    const missing = scopes.filter((scope) => !documented.includes(scope));
    expect(missing.map((scope) => `docs/http-api.md has no row for ${scope}`)).toEqual([]);
  });

  it('has no other rows, and the order of the contract', () => {
    expect(documented).toEqual(scopes.filter((scope) => documented.includes(scope)));
    expect(rows.trimEnd().split('\n')).toHaveLength(documented.length);
  });
});

import { actions, type Scope, scopes } from '@engagetrack/contracts';
import { describe, expect, it } from '@jest/globals';
import { matrixRows, rowsWithoutRead, scopeFor } from './matrix-rows.ts';

describe('the matrix of permissions', () => {
  it('has a box for every scope', () => {
    const boxes = matrixRows.flatMap((row) => actions.map((action) => scopeFor(row, action)));
    const missing = scopes.filter((scope) => !boxes.includes(scope));
    expect(missing.map((scope) => `${scope} cannot be ticked`)).toEqual([]);
  });

  it('has a row for each resource, with its label, its boxes and its note', () => {
    const rows = matrixRows.map((row) => [row.label, scopeFor(row, 'read'), scopeFor(row, 'write'), row.note]);
    expect(rows).toEqual(
      expect.arrayContaining([
        ['Analytics', 'analytics:read', undefined, undefined],
        ['Sites', 'sites:read', undefined, undefined],
        ['Goals', 'goals:read', 'goals:write', undefined],
        ['Funnels', 'funnels:read', 'funnels:write', undefined],
        ['Annotations', 'annotations:read', 'annotations:write', undefined],
        ['Visitors', 'visitors:read', undefined, 'Contains visitor-level data'],
      ]),
    );
  });

  it('notices a write without its read', () => {
    const chosen = new Set<Scope>(['goals:write', 'funnels:write', 'funnels:read', 'sites:read']);
    expect(rowsWithoutRead(chosen)).toMatchObject([{ label: 'Goals', ticked: 'write', read: 'goals:read' }]);
  });
});

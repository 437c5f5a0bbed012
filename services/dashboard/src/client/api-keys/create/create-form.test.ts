import { organizationIdSchema, type Scope, scopes, scopeTable } from '@engagetrack/contracts';
import { describe, expect, it } from '@jest/globals';
import { ApiError } from '../../api/api-error.ts';
import { numberWord } from '../../number-word.ts';
import { dayMs } from '../../time/format.ts';
import { expiryInstant, firstCustomDate } from './expiry-choice.ts';
import { faultFromRefusal, judgeForm } from './judge-form.ts';
import { presetHelp, scopesOf } from './scope-presets.ts';
import { curlSnippet, environmentSnippet, firstCallSnippet, javaScriptSnippet, pythonSnippet } from './snippets.ts';

const nowMs = Date.UTC(2026, 10, 24, 12);

describe('the form of a new key', () => {
  it('has presets, of which the first is enough for reports', () => {
    expect(scopesOf('reporting', new Set())).toEqual(['analytics:read', 'sites:read']);
    const readable = scopes.filter((scope) => scope.endsWith(':read'));
    expect(scopesOf('read_everything', new Set())).toEqual(readable);
    expect(presetHelp.read_everything).toBe(
      `All ${numberWord(readable.length)} kinds of data, visitors included. Cannot change anything.`,
    );
    expect(scopesOf('custom', new Set<Scope>(['goals:write', 'analytics:read']))).toEqual([
      'analytics:read',
      'goals:write',
    ]);
  });

  it('ends a key after whole days, with the chosen day of UTC, or never', () => {
    const instantOf = (preset: '90_days' | 'custom' | 'never', date = '') => expiryInstant({ preset, date }, nowMs);
    expect(instantOf('90_days')).toEqual(new Date(nowMs + 90 * dayMs));
    expect(instantOf('custom', '2026-11-24')?.toISOString()).toBe('2026-11-24T23:59:59.000Z');
    expect(instantOf('never')).toBeNull();
    for (const date of ['', '2026-11-23', '2026-02-30', '12026-01-01', 'soon'])
      expect([date, instantOf('custom', date)]).toEqual([date, undefined]);
    expect(firstCustomDate(nowMs)).toBe('2026-11-24');
  });

  it('is judged before it is sent, and shows the key service’s complaint at the field that it names', () => {
    const form = { name: ' Sync ', scopes: ['sites:read'], expiry: { preset: 'never', date: '' } } as const;
    expect(judgeForm(form, nowMs)).toEqual({ key: { name: 'Sync', scopes: ['sites:read'], expires_at: null } });
    const judged = judgeForm({ name: ' ', scopes: [], expiry: { preset: 'custom', date: '' } }, nowMs);
    expect('faults' in judged && Object.keys(judged.faults)).toEqual(['name', 'scopes', 'expires_at']);
    expect(judgeForm({ ...form, name: 'x'.repeat(101) }, nowMs)).toHaveProperty('faults.name');
    expect(judgeForm({ ...form, name: '🔑'.repeat(100) }, nowMs)).toHaveProperty('key.name');
    expect(faultFromRefusal(new ApiError('name must be 1 to 100 visible characters', { status: 400 }))).toEqual({
      name: 'Must be 1 to 100 visible characters.',
    });
    expect(faultFromRefusal(new ApiError('name must be shorter', { status: 503 }))).toBeUndefined();
    expect(faultFromRefusal(new ApiError('An organization can have at most 1000', { status: 400 }))).toBeUndefined();
  });
});

describe('the examples', () => {
  const organizationId = organizationIdSchema.parse('org_a');
  const gatewayUrl = 'https://api.engagetrack.net';

  it('read the key from the environment; only the line for it holds the key', () => {
    const key = `et_live_${'0'.repeat(32)}`;
    expect(environmentSnippet(key)).toBe(`ENGAGETRACK_API_KEY=${key}`);
    for (const snippet of [curlSnippet, javaScriptSnippet, pythonSnippet])
      expect(snippet({ gatewayUrl, organizationId, scopes: ['sites:read'] })).toContain('ENGAGETRACK_API_KEY');
    expect(firstCallSnippet({ gatewayUrl, organizationId })).toBe(
      'curl "https://api.engagetrack.net/api/v1/organizations/org_a/sites" \\\n  -H "Authorization: Bearer et_live_your_key_here"',
    );
  });

  it('show a request that the key may make, for each scope', () => {
    for (const { scope, resource, action } of scopeTable) {
      const code = curlSnippet({ gatewayUrl, organizationId, scopes: [scope] });
      expect(code).toMatch(new RegExp(`/api/v1/organizations/org_a/.*${resource}`));
      expect([scope, code.includes('-X ')]).toEqual([scope, action !== 'read']);
    }
  });

  it('list sites if the key may, and otherwise prefer reading to writing', () => {
    const pathOf = (...granted: readonly Scope[]) =>
      /org_a(\S*)"/.exec(curlSnippet({ gatewayUrl, organizationId, scopes: granted }))?.[1];
    expect(pathOf('analytics:read', 'sites:read')).toBe('/sites');
    expect(pathOf('goals:write', 'visitors:read')).toBe('/sites/SITE_ID/visitors?page=1&limit=50');
  });
});

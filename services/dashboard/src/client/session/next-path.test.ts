import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { firstPath, logInPath, parseNextPath } from './next-path.ts';

describe('parseNextPath', () => {
  it('leads to the pages of the application, with their own query', () => {
    expect(parseNextPath('/settings/billing')).toBe('/settings/billing');
    expect(parseNextPath('/settings/api-keys?org=org_a&sort=name')).toBe('/settings/api-keys?org=org_a&sort=name');
    expect(parseNextPath(null)).toBe(firstPath);
    expect(logInPath({ pathname: '/settings/billing', search: '?org=org_a' })).toBe(
      '/login?next=%2Fsettings%2Fbilling%3Forg%3Dorg_a',
    );
    expect(logInPath({ pathname: '/settings/api-keys', search: '' })).toBe('/login');
  });

  it('D09 leads nowhere else', () => {
    const foreign = [
      'https://evil.example/settings/api-keys',
      '//evil.example/settings/api-keys',
      '/\\evil.example',
      '/settings/api-keys/../../../evil',
      '/settings/api-keys#@evil.example',
      '/settings/api-keys@evil.example',
      'javascript:alert(1)',
      '/settings/api-keys\n//evil.example',
      ' /settings/api-keys',
      '/login',
    ];
    for (const next of foreign) expect([next, parseNextPath(next)]).toEqual([next, firstPath]);
    expect(parseNextPath('/settings/billing?x=<script>')).toBe('/settings/billing');
  });

  const corpora = process.env.CORPORA_FOLDER ?? '../shared/corpora';
  const lists = existsSync(corpora)
    ? readdirSync(corpora, { recursive: true, encoding: 'utf8' }).filter((name) => /(^|\/)redirect--/.test(name))
    : [];
  (lists.length > 0 ? it : it.skip)('D09 stays on this origin for every line of the open-redirect lists', () => {
    const lines = lists.flatMap((name) => readFileSync(join(corpora, name), 'latin1').split(/\r?\n/));
    expect(lines.length).toBeGreaterThan(300);
    const origin = 'https://app.example.com';
    for (const line of lines)
      for (const next of [line, `/${line}`, `/settings/api-keys?${line}`, `/settings/billing${line}`]) {
        const led = new URL(parseNextPath(next), origin);
        expect([next, led.origin]).toEqual([next, origin]);
        expect(['/settings/api-keys', '/settings/billing']).toContain(led.pathname);
      }
  });
});

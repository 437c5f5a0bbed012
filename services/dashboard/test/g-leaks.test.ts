import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cookieOf, type DashboardHarness, liveKey, startDashboard } from './harness.ts';

const client = fileURLToPath(new URL('../src/client/', import.meta.url));
const sources = globSync('**/*.{ts,tsx}', { cwd: client, exclude: ['**/*.test.ts'] }).map((file) => ({
  file,
  text: readFileSync(client + file, 'utf8'),
}));
const filesWith = (pattern: RegExp) => sources.filter(({ text }) => pattern.test(text)).map(({ file }) => file);

/**
 * Searches the pages' code for ways to keep a key. The tests in a browser (test/browser, D07) check what happens to
 * one.
 */
describe('G: keys in the dashboard', () => {
  let dashboard: DashboardHarness;
  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard.stop());

  it('G14 stay in no store of the browser: its code has none for them', () => {
    expect(sources.length).toBeGreaterThan(40);
    expect(filesWith(/serviceWorker|\bcaches\b|sessionStorage|indexedDB|document\.cookie/)).toEqual([]);
    // The last organization, and the choice of shortcuts.
    expect(filesWith(/localStorage/).sort()).toEqual(['parts/use-shortcuts.ts', 'session/current-organization.ts']);
    // The one entry that is added to the history carries a mark and nothing else.
    expect(filesWith(/(?:push|replace)State/)).toEqual(['api-keys/create/use-back-guard.ts']);
  });

  it('G14 are offered to no autofill', () => {
    const fields = sources.flatMap(({ file, text }) =>
      [...text.matchAll(/autoComplete="([^"]+)"/g)].map(([, value]) => `${file}: ${value}`),
    );
    expect(fields.sort()).toEqual([
      'api-keys/create/create-key-form.tsx: off',
      'api-keys/create/reveal-key.tsx: off',
      'api-keys/revoke/revoke-dialog.tsx: off',
      'session/log-in-page.tsx: current-password',
      'session/log-in-page.tsx: username',
    ]);
  });

  it('G14 are in no answer that may be stored and in no log line', async () => {
    const cookie = cookieOf(await dashboard.logIn());
    const answer = await dashboard
      .change('post', '/api/v1/organizations/org_a/api-keys')
      .set('Cookie', cookie)
      .send({ name: liveKey });
    expect(answer.text).toContain(liveKey);
    expect([answer.headers['cache-control'], answer.headers['referrer-policy']]).toEqual(['no-store', 'no-referrer']);
    expect(dashboard.logLines.join('')).not.toContain(liveKey.slice('et_live_'.length));
  });
});

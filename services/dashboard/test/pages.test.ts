import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DashboardHarness, script, startDashboard } from './harness.ts';

describe('pages and files', () => {
  let dashboard: DashboardHarness;
  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard.stop());

  it('are one page at every address of the application, and at any other with 404', async () => {
    for (const path of ['/', '/login', '/settings/api-keys', '/settings/api-keys?q=x', '/settings/billing']) {
      const answer = await dashboard.get(path);
      expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      expect(answer.text).toContain(`content="${dashboard.gatewayUrl}"`);
    }
    expect((await dashboard.get('/nowhere')).status).toBe(404);
  });

  it('D05 forbid inline script and style, frames and every sink of markup', async () => {
    const policy = (await dashboard.get('/')).headers['content-security-policy'] ?? '';
    const directives = new Map(
      policy.split('; ').map((text) => [text.split(' ')[0], text.split(' ').slice(1).join(' ')]),
    );
    expect(policy).not.toContain('unsafe');
    expect([directives.get('default-src'), directives.get('frame-ancestors')]).toEqual(["'none'", "'none'"]);
    expect([directives.get('script-src'), directives.get('style-src')]).toEqual(["'self'", "'self'"]);
    expect(directives.get('require-trusted-types-for')).toBe("'script'");
  });

  it('D12 are never stored and send no referrer, with any status', async () => {
    const paths = [
      '/',
      '/login',
      '/settings/billing',
      '/nowhere',
      '/api/v1/auth/session',
      '/api/nowhere',
      '/assets/none.js',
    ];
    for (const path of paths) {
      const { headers } = await dashboard.get(path);
      expect([path, headers['cache-control'], headers['referrer-policy'], headers['x-frame-options']]).toEqual([
        path,
        'no-store',
        'no-referrer',
        'DENY',
      ]);
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('are compressed as the browser accepts, and immutable if their name has a hash', async () => {
    for (const encoding of ['br', 'gzip', 'identity']) {
      const response = await fetch(`${dashboard.url}/assets/index-4f2a91c0.js`, {
        headers: { 'accept-encoding': encoding },
      });
      expect(response.headers.get('content-encoding')).toBe(encoding === 'identity' ? null : encoding);
      expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(await response.text()).toBe(script);
    }
  });

  it('cannot be reached by another way of writing a path', async () => {
    for (const path of [
      '/assets/../index.html',
      '/assets/%2e%2e/index.html',
      '/assets/..%2findex.html',
      '/assets/',
      '/ASSETS/index-4f2a91c0.js',
    ]) {
      expect((await dashboard.get(path)).status).toBe(404);
    }
  });

  it('are refused any method that changes something', async () => {
    const answer = await dashboard.change('post', '/settings/api-keys');
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD']);
  });
});

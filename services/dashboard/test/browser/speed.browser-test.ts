import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { type Browser, logIn, openBrowser } from './browser.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { type System, startSystem } from './system.ts';

const scriptBytesMax = 200_000;
const longTaskMs = 50;
const keysInList = 500;
/**
 * Attempts. The page is at fault only if a task is long in all of them; other work of the machine can make one long.
 */
const attempts = 4;

describeInBrowser('the speed of the pages', () => {
  let system: System;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    system = await startSystem();
    await system.addOrganization({ id: 'org_many', name: 'Many keys', plan: 'agency' });
    await system.addMember({ organizationId: 'org_many', email: system.owner.email, role: 'owner' });
    await system.sql(
      `insert into api_keys (id, organization_id, name, key_hash, last_four, scopes, created_by, created_at, expires_at)
       select 'key_many' || n, 'org_many', 'Integration ' || n, encode(sha256(n::text::bytea), 'hex'), right(md5(n::text), 4),
         array['analytics:read', 'sites:read', 'goals:read'], (select id from users where email = $1),
         now() - n * interval '1 hour', now() + n * interval '1 day'
       from generate_series(1, $2::int) n`,
      [system.owner.email, keysInList],
    );
    await system.sql(
      `insert into api_key_last_use (organization_id, key_id, last_used_at)
       select 'org_many', 'key_many' || n, now() - n * interval '2 hours' from generate_series(1, $1::int) n`,
      [keysInList],
    );
    await system.sql(
      `insert into api_key_usage
         (organization_id, key_id, hour, route_class, succeeded, client_errors, limited, server_errors)
       select 'org_many', 'key_many' || n, date_trunc('hour', now()) - h * interval '1 hour', 'analytics',
         n * (h + 1), 0, n % 3, 0
       from generate_series(1, $1::int) n, generate_series(0, 23) h`,
      [keysInList],
    );
    browser = await openBrowser();
    page = browser.page;
  });
  afterAll(async () => {
    await browser?.close();
    await browser?.removeProfile();
    await system?.stop();
  });

  it('needs less than 200 kB of script, gzipped, for its first load', async () => {
    await logIn(page, system.url, system.owner);
    await page.goto(`${system.url}/settings/api-keys?org=org_many`);
    await page.getByRole('table').waitFor();
    const addresses: unknown = await page.evaluate(
      `performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => /\\.js$/.test(name))`,
    );
    if (!Array.isArray(addresses)) throw new Error('The browser lists no resources');
    const sizes = await Promise.all(addresses.map((address) => gzippedBytes(String(address))));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    process.stderr.write(`first load: ${addresses.length} scripts, ${total} bytes gzipped\n`);
    expect(addresses.length).toBeGreaterThan(0);
    expect(total).toBeLessThan(scriptBytesMax);
  });

  it('keeps a list of 500 keys without a task of over 50 ms, from its load to every way of looking at it', async () => {
    await browser.context.addInitScript(`
      window.longTasks = [];
      new PerformanceObserver((list) => {
        window.longTasks.push(...list.getEntries().map(({ duration }) => Math.round(duration)));
      }).observe({ type: 'longtask', buffered: true });
    `);
    const rows = page.getByRole('rowheader');
    const search = page.getByRole('searchbox');
    const steps: readonly (readonly [name: string, run: () => Promise<void>])[] = [
      [
        'load',
        async () => {
          await page.goto(`${system.url}/settings/api-keys?org=org_many`);
          await page.getByText('1–25 of 500').waitFor();
        },
      ],
      ['sort', () => page.getByRole('button', { name: 'Name', exact: true }).click()],
      ['sort the other way', () => page.getByRole('button', { name: 'Name', exact: true }).click()],
      [
        'search',
        async () => {
          await search.pressSequentially('Integration 49', { delay: 20 });
          await page.getByText('11 keys shown').waitFor({ state: 'attached' });
        },
      ],
      ['show all', () => search.fill('')],
      ['filter', async () => void (await page.getByRole('combobox', { name: 'Show' }).selectOption('expiring'))],
      ['unfilter', async () => void (await page.getByRole('combobox', { name: 'Show' }).selectOption('active'))],
      ['next page', () => page.getByRole('button', { name: 'Next' }).click()],
      [
        'menu',
        () =>
          page
            .getByRole('button', { name: /^Actions for/ })
            .first()
            .click(),
      ],
      ['close', () => page.keyboard.press('Escape')],
      ['create', () => page.getByRole('button', { name: 'Create API key' }).click()],
    ];
    const longest = new Map<string, number[]>();
    for (let attempt = 0; attempt < attempts; attempt += 1)
      for (const [name, run] of steps) {
        await run();
        await rows.first().waitFor();
        await settled(page);
        const found: unknown = await page.evaluate('Math.max(0, ...window.longTasks.splice(0))');
        longest.set(name, [...(longest.get(name) ?? []), Number(found)]);
      }
    const figures = [...longest].map(([name, each]) => `${name} ${each.join('/')}`).join(', ');
    process.stderr.write(`longest task over ${longTaskMs} ms, by attempt: ${figures}\n`);
    const always = [...longest].filter(([, each]) => Math.min(...each) > longTaskMs);
    expect(always).toEqual([]);
  });
});

async function gzippedBytes(address: string): Promise<number> {
  const response = await fetch(address, { headers: { 'accept-encoding': 'gzip' } });
  expect(response.headers.get('content-encoding')).toBe('gzip');
  await response.arrayBuffer();
  return Number(response.headers.get('content-length'));
}

/**
 * Waits until the browser has been idle for several frames, so that an action's work is done and observers were called.
 */
async function settled(page: Page): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    let quiet = 0;
    const look = () => requestIdleCallback(({ didTimeout }) => {
      quiet = didTimeout ? 0 : quiet + 1;
      if (quiet < 5) requestAnimationFrame(look);
      else resolve();
    }, { timeout: 1000 });
    look();
  })`);
}

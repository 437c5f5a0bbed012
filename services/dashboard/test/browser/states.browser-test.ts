import { waitFor } from '@engagetrack/system-test/stores';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Page, Route } from 'playwright-core';
import { violations } from './axe.ts';
import { type Browser, isFocused, logIn, openBrowser } from './browser.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { atEveryWidth, keepPicture } from './screenshots.ts';
import { createKey, type System, startSystem } from './system.ts';

const keys = '**/api/v1/organizations/*/api-keys';

describeInBrowser('every state of the pages', () => {
  let system: System;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    system = await startSystem();
    const { email, organizationId } = system.owner;
    await system.addOrganization({ id: 'org_hobby', name: 'Hobby Blog', plan: 'startup' });
    await system.addOrganization({ id: 'org_fresh', name: 'Fresh Start', plan: 'agency' });
    await system.addMember({ organizationId: 'org_hobby', email, role: 'owner' });
    await system.addMember({ organizationId: 'org_fresh', email, role: 'admin' });
    await system.addMember({ organizationId, email: 'member@example.com', role: 'member' });
    await createKey(system, { name: 'Data warehouse sync', usedMinutesAgo: 3, createdDaysAgo: 40 });
    await createKey(system, {
      name: 'Looker dashboards',
      scopes: ['analytics:read', 'sites:read', 'goals:read', 'funnels:read', 'annotations:read', 'visitors:read'],
      expiresInDays: 240,
      usedMinutesAgo: 26 * 60,
    });
    await createKey(system, { name: 'Goal automation', scopes: ['goals:read', 'goals:write'], expiresInDays: 12 });
    await createKey(system, { name: 'Zapier annotations', scopes: ['annotations:write'], expiresInDays: 2 });
    await createKey(system, { name: 'Old importer', usedMinutesAgo: 45 * 24 * 60, createdDaysAgo: 400 });
    await createKey(system, { name: 'Left over', organizationId: 'org_hobby' });
    await system.sql("update organizations set plan = 'maker' where id = 'org_hobby'");
    // Nothing is looked at halfway through an animation.
    browser = await openBrowser({ reducedMotion: 'reduce' });
    await browser.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    page = browser.page;
    await logIn(page, system.url, system.owner);
  });
  afterAll(async () => {
    await browser?.close();
    await browser?.removeProfile();
    await system?.stop();
  });
  beforeEach(async () => {
    await page.unrouteAll();
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.emulateMedia({ colorScheme: 'light' });
  });

  /** Looks at the page as it is: nothing overflows, axe finds nothing, and a picture is kept, at every width and in both schemes. */
  const lookAt = async (name: string) => {
    await atEveryWidth(page, async (width) => {
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect([name, width, overflow]).toEqual([name, width, 0]);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
        expect([name, width, colorScheme, await violations(page)]).toEqual([name, width, colorScheme, []]);
        await keepPicture(page, `${name}-${width}-${colorScheme}`);
      }
      await page.emulateMedia({ colorScheme: 'light' });
    });
  };
  const open = (organizationId: string, path = '/settings/api-keys') =>
    page.goto(`${system.url}${path}?org=${organizationId}`);

  it('list', async () => {
    await open('org_demo');
    const table = page.getByRole('table', { name: 'API keys' });
    await table.waitFor();
    const cells = await table
      .getByRole('row', { name: /Goal automation/ })
      .getByRole('cell')
      .allTextContents();
    expect(cells.slice(0, 5)).toEqual([
      expect.stringMatching(/^et_live_\.\.\.[0-9a-f]{4}key ending in [0-9a-f] [0-9a-f] [0-9a-f] [0-9a-f]$/),
      'goals:readgoals:write',
      'Never',
      ' in 12 days',
      'Active',
    ]);
    expect(
      await table
        .getByRole('row', { name: /Old importer/ })
        .getByText('Idle 45 days')
        .getAttribute('title'),
    ).toMatch(/20\d\d/);
    expect(await page.getByRole('definition').allTextContents()).toEqual([
      '5',
      '2Show keys: Expiring in 30 days',
      '1Show keys: Unused for 30 days',
    ]);
    await lookAt('list');
    // What can be done with a key is in sight at every width, without scrolling sideways.
    await atEveryWidth(page, async (width) => {
      const box = await page.getByRole('button', { name: 'Actions for Old importer' }).boundingBox();
      expect(Math.ceil((box?.x ?? width) + (box?.width ?? 0))).toBeLessThanOrEqual(width);
    });
  });

  it('list searched, filtered and sorted, all of it in the address', async () => {
    await open('org_demo');
    await page.getByRole('button', { name: 'Show keys: Expiring in 30 days' }).click();
    await page.getByRole('button', { name: 'Expires' }).click();
    await page.waitForURL(/show=expiring&sort=expires/);
    const names = (expected: readonly string[]) =>
      waitFor(
        async () => {
          const shown = await page.getByRole('rowheader').locator('bdi').allTextContents();
          return shown.join() === expected.join();
        },
        { deadlineMs: 5_000, what: `the rows ${expected.join()}` },
      );
    await names(['Zapier annotations', 'Goal automation']);
    expect(await page.getByRole('columnheader', { name: 'Expires' }).getAttribute('aria-sort')).toBe('ascending');
    await page.getByRole('searchbox').fill('goal');
    await page.waitForURL(/q=goal/);
    await names(['Goal automation']);
    await page.reload();
    expect(await page.getByRole('searchbox').inputValue()).toBe('goal');
    await page.getByRole('searchbox').fill('nothing like it');
    await page.getByText('No key matches.').waitFor();
    await lookAt('no-match');
    await page.getByRole('button', { name: 'Show all keys' }).click();
    await page.getByRole('rowheader').nth(4).waitFor();
    await page.goBack();
    await page.getByText('No key matches.').waitFor();
  });

  it('list with all scopes of a key and with a row’s menu', async () => {
    await open('org_demo');
    await page.getByRole('button', { name: '+4 more scopes of Looker dashboards' }).click();
    const scopes = page.getByRole('dialog', { name: 'Scopes of Looker dashboards' });
    expect(await scopes.getByRole('listitem').count()).toBe(6);
    await keepPicture(page, 'scopes');
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await scopes.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Actions for Looker dashboards' }).click();
    await page.getByRole('menuitem', { name: 'Copy key id' }).waitFor();
    await keepPicture(page, 'row-menu');
    expect(await violations(page)).toEqual([]);
    await page.getByRole('menuitem', { name: 'Copy key id' }).click();
    await page.getByText('Copied the key id').waitFor({ state: 'attached' });
    expect(await page.evaluate('navigator.clipboard.readText()')).toMatch(/^key_/);
  });

  it('loading: five rows to come, which a quick answer never shows', async () => {
    let answer: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route(keys, async (route) => {
      await held;
      await route.continue();
    });
    await open('org_demo');
    const loading = page.getByRole('status', { name: 'Loading your keys' });
    await loading.waitFor();
    expect(await loading.getAttribute('aria-busy')).toBe('true');
    expect(await loading.locator('[data-skeleton-row]').count()).toBe(5);
    expect(await loading.evaluate((node) => getComputedStyle(node).animationDelay)).toBe('0.3s');
    await lookAt('loading');
    answer?.();
    await page.getByRole('table').waitFor();
    expect(await loading.count()).toBe(0);
  });

  it('empty, with a first call', async () => {
    await open('org_fresh');
    await page.getByRole('heading', { name: 'No API keys yet' }).waitFor();
    await page
      .getByText('Create a key for each integration so you can revoke one without breaking the others.')
      .waitFor();
    const call = await page.getByRole('region', { name: 'the first call' }).textContent();
    expect(call).toBe(
      `curl "${system.gatewayUrl}/api/v1/organizations/org_fresh/sites" \\\n  -H "Authorization: Bearer et_live_your_key_here"`,
    );
    await lookAt('empty');
  });

  it('Maker: the card in place of the table, with what is left over from a better plan', async () => {
    await open('org_hobby');
    await page.getByRole('heading', { name: 'API access needs the Startup plan' }).waitFor();
    await page.getByText('Your organisation is on Maker. API keys work on Startup and Agency.').waitFor();
    await page
      .getByRole('row', { name: /Left over/ })
      .getByText('Paused by plan')
      .waitFor();
    await lookAt('maker');
    await page.getByRole('link', { name: 'Create API key' }).click();
    await page.waitForURL(/#api-access$/);
    await page.getByRole('link', { name: 'See plans' }).click();
    await page.waitForURL('**/settings/billing?org=org_hobby');
    await page.getByRole('heading', { name: 'Billing' }).waitFor();
  });

  it('Maker as told by a 402, whatever the page believed', async () => {
    await open('org_fresh');
    await page.getByRole('button', { name: 'Create API key' }).first().click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Too late');
    await system.sql("update organizations set plan = 'maker' where id = 'org_fresh'");
    await page.getByRole('button', { name: 'Create key' }).click();
    await page.getByRole('heading', { name: 'API access needs the Startup plan' }).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    await system.sql("update organizations set plan = 'agency' where id = 'org_fresh'");
  });

  it('not allowed: a member sees the list and why there is nothing to create', async () => {
    const other = await openBrowser();
    await logIn(other.page, system.url, { email: 'member@example.com', password: system.owner.password });
    await other.page.getByRole('table').waitFor();
    await other.page.getByText('Only owners and admins can create keys.').waitFor();
    const create = other.page.getByRole('button', { name: 'Create API key' });
    expect(await create.isDisabled()).toBe(true);
    await other.page.keyboard.press('c');
    await other.page.getByRole('button', { name: 'Actions for Old importer' }).click();
    expect(await other.page.getByRole('menuitem').allTextContents()).toEqual(['Copy key id']);
    expect(await other.page.getByRole('dialog').count()).toBe(0);
    await other.page.keyboard.press('Escape');
    expect(await violations(other.page)).toEqual([]);
    await keepPicture(other.page, 'not-allowed');
    await other.page.getByRole('link', { name: 'Billing' }).click();
    await other.page.getByText('Only the owner can change the plan.').waitFor();
    expect(await other.page.getByRole('button', { name: 'Move to Maker' }).isDisabled()).toBe(true);
    expect(other.complaints).toEqual([]);
    await other.close();
    await other.removeProfile();
  });

  it('error, with the request id, and the way out of it', async () => {
    const fail = (route: Route) =>
      route.fulfill({
        status: 503,
        headers: { 'content-type': 'application/json', 'x-request-id': 'request-0001' },
        body: '{"error":"Service temporarily unavailable"}',
      });
    await page.route(keys, fail);
    await open('org_demo');
    const alert = page.getByRole('alert');
    await alert.getByText('We could not load your keys.').waitFor();
    await alert.getByText('request-0001').waitFor();
    await lookAt('error');
    await alert.getByRole('button', { name: 'Copy the request id' }).click();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('request-0001');
    await page.unroute(keys);
    await alert.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('table').waitFor();
  });

  it('create, with everything in the form that can be wrong', async () => {
    await open('org_demo');
    await page.getByRole('button', { name: 'Create API key' }).click();
    await page.getByRole('dialog').waitFor();
    await lookAt('create');
    await page.getByRole('radio', { name: 'Custom', exact: true }).check();
    await page.getByRole('checkbox', { name: 'Write goals' }).check();
    await page.getByText('Write does not include read. Also allow reading goals?').waitFor();
    await page.getByText('Contains visitor-level data').waitFor();
    expect(await page.getByRole('checkbox').count()).toBe(9);
    await page.getByRole('radio', { name: 'Never' }).check();
    await page.getByText('Keys without an end date are the ones that leak unnoticed.').waitFor();
    await lookAt('create-custom');
    await page.getByRole('button', { name: 'Add goals:read' }).click();
    await page.getByText('This key can: read stats, sites, and goals, and change goals.').waitFor();

    for (const name of ['Read analytics', 'Read sites', 'Read goals', 'Write goals'])
      await page.getByRole('checkbox', { name }).uncheck();
    await page.getByRole('radio', { name: 'Custom date' }).check();
    await page.getByRole('button', { name: 'Create key' }).click();
    const name = page.getByRole('textbox', { name: 'Name' });
    await page.getByText('Give the key a name.').waitFor();
    await page.getByText('Choose at least one permission.').waitFor();
    await page.getByText('Choose a day from today on.').waitFor();
    expect([await name.getAttribute('aria-invalid'), await isFocused(name)]).toEqual(['true', true]);
    expect(await violations(page)).toEqual([]);
    await keepPicture(page, 'create-faults');

    await name.fill('Zero\u200bwidth \u202e name');
    await page.getByRole('checkbox', { name: 'Read sites' }).check();
    await page.getByRole('radio', { name: '30 days' }).check();
    await page.getByRole('button', { name: 'Create key' }).click();
    await page.getByText('Must be 1 to 100 visible characters, without control characters.').waitFor();
    expect(await isFocused(name)).toBe(true);
    await name.fill('Old importer');
    await page.getByText('An active key has this name already.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('create, submitted twice and answered late: one key, and the button keeps its width', async () => {
    await open('org_fresh');
    await page.getByRole('button', { name: 'Create API key' }).first().click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Once');
    const requests: string[] = [];
    await page.route(keys, async (route) => {
      if (route.request().method() === 'POST') requests.push(route.request().headers()['idempotency-key'] ?? '');
      await route.continue();
    });
    const button = page.getByRole('button', { name: /^Creat/ });
    const width = (await button.last().boundingBox())?.width;
    await page.evaluate(`(() => {
      const form = document.querySelector('dialog form');
      form.requestSubmit();
      form.requestSubmit();
    })()`);
    const waiting = page.getByRole('button', { name: 'Creating...' });
    expect((await waiting.boundingBox().catch(() => null))?.width ?? width).toBe(width);
    await page.getByRole('heading', { name: 'Save your API key' }).waitFor();
    expect(requests).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    await lookAt('reveal');
    await page.getByRole('button', { name: 'Send a test request' }).click();
    await page.getByText('The key works.').waitFor();
    await keepPicture(page, 'reveal-tested');
    await page.getByRole('checkbox', { name: 'I have stored this key' }).check();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('row', { name: /Once/ }).waitFor();
  });

  it('create, without an answer: the page does not guess', async () => {
    await open('org_demo');
    await page.getByRole('button', { name: 'Create API key' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Lost');
    await page.route(keys, (route) => route.abort());
    await page.getByRole('button', { name: 'Create key' }).click();
    await page
      .getByText('We do not know whether the key was created. Look at the list before you try again.')
      .waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it('a test request that the key may not make says so, without calling the key broken', async () => {
    await open('org_demo');
    await page.getByRole('button', { name: 'Create API key' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Writes annotations');
    await page.getByRole('radio', { name: 'Custom', exact: true }).check();
    await page.getByRole('checkbox', { name: 'Read analytics' }).uncheck();
    await page.getByRole('checkbox', { name: 'Read sites' }).uncheck();
    await page.getByRole('checkbox', { name: 'Write annotations' }).check();
    await page.getByRole('button', { name: 'Create key' }).click();
    await page.getByRole('button', { name: 'Send a test request' }).click();
    await page
      .getByText('The key works; this request needs a permission that it does not have, as you chose.')
      .waitFor();
    expect(await page.getByRole('dialog').getByRole('status').textContent()).toMatch(/^403/);
    await page.keyboard.press('Escape');
    await keepPicture(page, 'close-guard');
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Close anyway' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('revoke, with and without a name to type, and when it is not certain', async () => {
    await open('org_demo');
    const ask = async (name: string) => {
      await page.getByRole('button', { name: `Actions for ${name}` }).click();
      await page.getByRole('menuitem', { name: 'Revoke' }).click();
      await page.getByRole('alertdialog').waitFor();
    };
    await ask('Data warehouse sync');
    expect(await isFocused(page.getByRole('button', { name: 'Cancel' }))).toBe(true);
    await lookAt('revoke');
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await isFocused(page.getByRole('button', { name: 'Actions for Data warehouse sync' }))).toBe(true);

    await ask('Writes annotations');
    await page.getByText('Never used.').waitFor();
    await page.route('**/api-keys/*', (route) =>
      route.fulfill({ status: 503, headers: { 'x-request-id': 'request-0002' }, body: '{}' }),
    );
    await page.getByRole('button', { name: 'Revoke key' }).click();
    await page.getByText('We could not confirm that the key is revoked. It may still work: try again.').waitFor();
    expect(await page.getByText(/Revoked/).count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    await page.unroute('**/api-keys/*');
    await page.getByRole('button', { name: 'Revoke key' }).click();
    await page
      .getByRole('row', { name: /Writes annotations/ })
      .getByText('Revoked just now')
      .waitFor();
    await page.getByText('Writes annotations is revoked.').waitFor({ state: 'attached' });
    await lookAt('revoked');
  });

  it('revoke of a key that is gone already is a success', async () => {
    await open('org_demo');
    await page.getByRole('button', { name: 'Actions for Zapier annotations' }).click();
    await page.getByRole('menuitem', { name: 'Revoke' }).click();
    await page.route('**/api-keys/*', (route) => route.fulfill({ status: 404, body: '{"error":"Not found"}' }));
    await page.getByRole('button', { name: 'Revoke key' }).click();
    await page
      .getByRole('row', { name: /Zapier annotations/ })
      .getByText('Revoked just now')
      .waitFor();
  });

  it('billing: the current plan marked, and a downgrade that says what it stops', async () => {
    await open('org_hobby', '/settings/billing');
    await page
      .getByRole('listitem')
      .filter({ hasText: 'Current plan' })
      .getByRole('heading', { name: 'Maker' })
      .waitFor();
    await lookAt('billing');
    await page.getByRole('button', { name: 'Move to Startup' }).click();
    await page.getByText('API keys can be created and used at once. 1 API key works again.').waitFor();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Move to Startup' }).click();
    await page.getByText('Hobby Blog is on Startup.').waitFor();
    await page.getByRole('link', { name: 'API keys' }).click();
    await page
      .getByRole('row', { name: /Left over/ })
      .getByText('Active')
      .waitFor();

    await page.getByRole('link', { name: 'Billing' }).click();
    await page.getByRole('button', { name: 'Move to Maker' }).click();
    await page
      .getByText('1 API key stops working at once. It is kept, and works again on Startup or Agency.')
      .waitFor();
    await lookAt('billing-downgrade');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('Hobby Blog is on Startup.').waitFor();
  });

  it('another organization is one choice away, and nothing of the first stays in sight', async () => {
    await open('org_demo');
    await page.getByRole('row', { name: /Old importer/ }).waitFor();
    await page.getByRole('button', { name: /^Organization: Demo/ }).click();
    await page.getByRole('menuitem', { name: /Fresh Start/ }).waitFor();
    await keepPicture(page, 'organizations');
    expect(await violations(page)).toEqual([]);
    await page.getByRole('menuitem', { name: /Fresh Start/ }).click();
    await page.waitForURL(/org=org_fresh/);
    await page.getByRole('row', { name: /Once/ }).waitFor();
    expect(await page.getByText('Old importer').count()).toBe(0);
    await page.goto(`${system.url}/settings/api-keys`);
    await page.getByRole('button', { name: /^Organization: Fresh Start/ }).waitFor();
  });

  it('documentation, the account menu, and an address that is none', async () => {
    await open('org_demo', '/docs/api-keys');
    await page.getByRole('heading', { name: 'Using API keys' }).waitFor();
    expect(await page.getByRole('table', { name: 'What each scope allows' }).getByRole('row').count()).toBe(10);
    await lookAt('docs');
    await page.getByRole('button', { name: /Account of/ }).click();
    await page.getByRole('menuitemradio', { name: 'Dark' }).click();
    expect(await page.locator('html').getAttribute('data-mantine-color-scheme')).toBe('dark');
    expect(await violations(page)).toEqual([]);
    await keepPicture(page, 'account-menu');
    await page.getByRole('menuitemradio', { name: 'System' }).click();
    await page.goto(`${system.url}/settings/nowhere`);
    await page.getByRole('heading', { name: 'There is no page at this address' }).waitFor();
    await lookAt('not-found');
  });

  it('a session that has ended leads to the log-in and back', async () => {
    await open('org_demo', '/settings/billing');
    await page.getByRole('heading', { name: 'Billing' }).waitFor();
    await browser.context.clearCookies();
    await page.getByRole('button', { name: 'Move to Agency' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Move to Agency' }).click();
    await page.waitForURL(/\/login\?next=%2Fsettings%2Fbilling/);
    await lookAt('log-in');
    await logIn(page, system.url, system.owner);
  });

  it('a session that has ended takes no key away that has not been stored yet', async () => {
    await open('org_demo');
    await page.getByRole('button', { name: 'Create API key' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Survives');
    await page.route(keys, (route) =>
      route.request().method() === 'GET'
        ? route.fulfill({ status: 401, body: '{"error":"Invalid or expired session"}' })
        : route.continue(),
    );
    const looked = page.waitForResponse((response) => response.status() === 401);
    await page.getByRole('button', { name: 'Create key' }).click();
    await looked;
    const key = page.getByRole('textbox', { name: 'API key' });
    expect(await key.inputValue()).toMatch(/^et_live_/);
    await page.getByRole('checkbox', { name: 'I have stored this key' }).check();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.waitForURL(/\/login/);
    await page.unroute(keys);
    await logIn(page, system.url, system.owner);
  });

  it('dates and numbers are written as the reader does', async () => {
    const german = await openBrowser({ locale: 'de-DE' });
    await logIn(german.page, system.url, system.owner);
    await german.page.goto(`${system.url}/settings/api-keys?org=org_demo`);
    const row = german.page.getByRole('row', { name: /Old importer/ });
    await row.getByText(/^\d\d\.\d\d\.\d{4}$/).waitFor();
    expect(await row.getByText('Idle 45 days').getAttribute('title')).toMatch(
      /^\d{1,2}\. \p{L}+ \d{4} um \d\d:\d\d:\d\d ME/u,
    );
    await german.close();
    await german.removeProfile();
  });

  it('have made the browser complain about nothing', () => {
    const provoked = /ERR_FAILED|status of (404|503)/;
    expect(browser.complaints.filter((complaint) => !provoked.test(complaint))).toEqual([]);
  });
});

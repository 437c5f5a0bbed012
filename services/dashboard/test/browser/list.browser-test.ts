import { waitFor } from '@engagetrack/test-ground/stores';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Page, Route } from 'playwright-core';
import { violations } from './axe.ts';
import { logIn, openBrowser } from './browser.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { atEveryWidth, keepPicture } from './screenshots.ts';
import { openShowcase, type Showcase } from './showcase.ts';
import type { System } from './system.ts';

const keys = /\/api\/v1\/organizations\/\w+\/api-keys(\?status=\w+)?$/;

describeInBrowser('the list in every state', () => {
  let showcase: Showcase;
  let page: Page;
  let system: System;
  beforeAll(async () => {
    showcase = await openShowcase();
    ({ page, system } = showcase);
  });
  afterAll(() => showcase?.close());
  beforeEach(() => showcase.startAfresh());
  const open: Showcase['open'] = (organizationId, path) => showcase.open(organizationId, path);
  const lookAt = (name: string) => showcase.lookAt(name);

  it('list', async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await open('org_demo');
    const table = page.getByRole('table', { name: 'API keys' });
    await table.waitFor();
    const cells = await table
      .getByRole('row', { name: /Goal automation/ })
      .getByRole('cell')
      .allTextContents();
    expect(cells.slice(0, 6)).toEqual([
      expect.stringMatching(/^et_live_\.\.\.[0-9a-f]{4}key ending in [0-9a-f] [0-9a-f] [0-9a-f] [0-9a-f]$/),
      'goals:readgoals:write',
      'Never',
      'No requests',
      ' in 12 days',
      'Active',
    ]);
    expect(
      await table
        .getByRole('row', { name: /Old importer/ })
        .getByText('Idle 45 days')
        .getAttribute('title'),
    ).toMatch(/20\d\d/);
    const busy = table.getByRole('row', { name: /Data warehouse sync/ });
    await busy.getByText('1,204 requests, 3 limited').waitFor();
    expect((await busy.locator('svg path').first().getAttribute('d'))?.match(/M/g)).toHaveLength(24);
    expect(await busy.getByText(/^Created by/).textContent()).toMatch(
      /^Created by Demo Owner, \d{1,2} \w{3,4} 20\d\d$/,
    );
    expect(await page.getByRole('definition').allTextContents()).toEqual([
      '5',
      '1,204',
      '3',
      '2Show keys: Expiring in 30 days',
    ]);
    expect(await page.getByRole('list', { name: 'Advice' }).getByRole('listitem').allTextContents()).toEqual([
      '2 keys expire within 14 days, the first in 2 days. Put a new key in the place of one that is still needed.Show keys that expire soon',
      'Old importer has not been used for 30 days. Revoke what nobody needs.Show idle keys',
    ]);
    await lookAt('list');
    // The actions for a key are visible at every width, without scrolling sideways.
    await atEveryWidth(page, inSight);
    for (const width of [720, 960, 1152, 1280, 1360]) {
      await page.setViewportSize({ width, height: 900 });
      await inSight(width);
    }
    // The page learns of its new width a moment late, and only then chooses its columns.
    function inSight(width: number): Promise<boolean> {
      return waitFor(
        async () => {
          const box = await page.getByRole('button', { name: 'Actions for Old importer' }).boundingBox();
          return box !== null && Math.ceil(box.x + box.width) <= width;
        },
        { deadlineMs: 5_000, what: `the button with the actions within ${width} px` },
      );
    }
  });

  it('list searched, filtered and sorted, all of it in the address', async () => {
    await open('org_demo');
    await page.getByRole('button', { name: 'Show keys: Expiring in 30 days' }).click();
    await page.getByRole('button', { name: 'Expires' }).click();
    await page.waitForURL(/show=expiring&sort=expires/);
    const names = (expected: readonly string[]) =>
      waitFor(
        async () => {
          const shown = await page.getByRole('rowheader').locator(':scope > span > bdi').allTextContents();
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
    await page.getByRole('button', { name: 'Show active keys' }).click();
    await page.getByRole('rowheader').nth(4).waitFor();
    await page.goBack();
    await page.getByText('No key matches.').waitFor();
  });

  it('list as cards where a table does not fit, with everything that can be done', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await open('org_demo');
    const cards = page.getByRole('list', { name: 'API keys' });
    const busy = cards.locator('> li').filter({ hasText: 'Data warehouse sync' });
    await busy.getByText('1,204 requests, 3 limited').waitFor();
    for (const text of ['Active', /^\d minutes ago$/, 'Never']) await busy.getByText(text).first().waitFor();
    expect(await page.getByRole('table').count()).toBe(0);
    const names = async () =>
      (await cards.locator('> li bdi').allTextContents()).filter((name) => name !== 'Demo Owner');
    await page.getByRole('combobox', { name: 'Sort by' }).selectOption('Name');
    await page.waitForURL(/sort=name$/);
    const sorted = await names();
    expect(sorted).toHaveLength(5);
    await page.getByRole('button', { name: 'Descending order' }).click();
    await page.waitForURL(/sort=name&order=desc/);
    await waitFor(async () => (await names()).join() === [...sorted].reverse().join(), {
      deadlineMs: 5_000,
      what: 'the cards the other way round',
    });
    await busy.getByRole('button', { name: 'Actions for Data warehouse sync' }).click();
    await page.getByRole('menuitem', { name: 'Revoke' }).click();
    await page.getByRole('alertdialog', { name: "Revoke 'Data warehouse sync'?" }).waitFor();
    await page.keyboard.press('Escape');
  });

  it('list of revoked and expired keys', async () => {
    await open('org_demo');
    const show = page.getByRole('combobox', { name: 'Show' });
    const row = (name: RegExp) => page.getByRole('row', { name });
    await show.selectOption('Revoked');
    await page.waitForURL(/show=revoked/);
    await row(/Retired export/)
      .getByText('Revoked 5 days ago')
      .waitFor();
    expect(await page.getByRole('rowheader').count()).toBe(1);
    expect(await page.getByRole('button', { name: /^Actions for/ }).count()).toBe(0);
    await lookAt('revoked-keys');
    await show.selectOption('Expired');
    await row(/Trial/).getByRole('cell', { name: 'Expired' }).first().waitFor();
    expect(await page.getByRole('rowheader').count()).toBe(1);
    await page.reload();
    await row(/Trial/).waitFor();
    await show.selectOption('Active');
    await row(/Old importer/).waitFor();
    expect(await page.getByText('Retired export').count()).toBe(0);

    await open('org_fresh');
    await page.getByRole('link', { name: 'Keys that were revoked' }).click();
    await page.getByText('No key was revoked in the last 90 days.').waitFor();
  });

  it('list led to by its advice, where an idle key is one press from being revoked', async () => {
    await open('org_demo');
    await page.getByRole('button', { name: 'Show idle keys' }).click();
    await page.waitForURL(/show=idle/);
    await page.getByRole('button', { name: 'Revoke Old importer' }).click();
    const dialog = page.getByRole('alertdialog', { name: "Revoke 'Old importer'?" });
    await dialog.getByText('Last used 45 days ago, no requests in 24 hours.').waitFor();
    expect(await dialog.getByRole('textbox').count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Show keys that expire soon' }).click();
    await page.waitForURL(/show=expiring&sort=expires/);
    await page.getByRole('rowheader').first().getByText('Zapier annotations').waitFor();
  });

  it('list without its usage, when only that request fails', async () => {
    await page.route('**/api-key-usage', (route) => route.fulfill({ status: 503, body: '{}' }));
    await open('org_demo');
    const busy = page.getByRole('row', { name: /Data warehouse sync/ });
    await busy.getByText('Not known').waitFor();
    expect(await page.getByRole('definition').allTextContents()).toEqual([
      '5',
      '–not known',
      '–not known',
      '2Show keys: Expiring in 30 days',
    ]);
    await page.getByRole('button', { name: 'Actions for Data warehouse sync' }).click();
    await page.getByRole('menuitem', { name: 'Revoke' }).click();
    await page
      .getByRole('alertdialog')
      .getByText(/^Last used \d minutes ago\.$/)
      .waitFor();
    await page.keyboard.press('Escape');
    expect(await violations(page)).toEqual([]);
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

  it('loading: five empty rows, which a quick answer never shows', async () => {
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

  it('Maker: the card in place of the table, with the keys of an earlier plan', async () => {
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

  it('Maker after a 402, although the page knew another plan', async () => {
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

  it('dates and numbers follow the reader’s locale', async () => {
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

  it('causes no complaint of the browser', () => {
    const provoked = /ERR_FAILED|status of (404|503)/;
    expect(showcase.browser.complaints.filter((complaint) => !provoked.test(complaint))).toEqual([]);
  });
});

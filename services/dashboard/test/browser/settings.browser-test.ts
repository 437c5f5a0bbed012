import { scopeTable } from '@engagetrack/contracts';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { violations } from './axe.ts';
import { logIn } from './browser.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { keepPicture } from './screenshots.ts';
import { openShowcase, type Showcase } from './showcase.ts';
import { createKey, type System } from './system.ts';

describeInBrowser('billing, organizations and the frame of the pages', () => {
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

  it('billing: the current plan marked, and a downgrade that counts the keys it stops', async () => {
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
    await createKey(system, { name: 'Once', organizationId: 'org_fresh' });
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

  it('documentation, the account menu, and an unknown address', async () => {
    await open('org_demo', '/docs/api-keys');
    await page.getByRole('heading', { name: 'Using API keys' }).waitFor();
    const rows = page.getByRole('table', { name: 'What each scope allows' }).getByRole('row');
    expect(await rows.allInnerTexts()).toEqual([
      'Scope\tAllows',
      ...scopeTable.map(({ scope, allows }) => `${scope}\t${allows}`),
    ]);
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
    await showcase.browser.context.clearCookies();
    await page.getByRole('button', { name: 'Move to Agency' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Move to Agency' }).click();
    await page.waitForURL(/\/login\?next=%2Fsettings%2Fbilling/);
    await lookAt('log-in');
    await logIn(page, system.url, system.owner);
  });

  it('cause no complaint of the browser', () => {
    const provoked = /ERR_FAILED|status of (404|503)/;
    expect(showcase.browser.complaints.filter((complaint) => !provoked.test(complaint))).toEqual([]);
  });
});

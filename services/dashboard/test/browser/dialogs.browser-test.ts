import { scopes } from '@engagetrack/contracts';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { violations } from './axe.ts';
import { isFocused, logIn } from './browser.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { keepPicture } from './screenshots.ts';
import { openShowcase, type Showcase } from './showcase.ts';
import type { System } from './system.ts';

const keys = /\/api\/v1\/organizations\/\w+\/api-keys(\?status=\w+)?$/;

describeInBrowser('the dialogs about a key', () => {
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

  it('create, with every fault that the form can have', async () => {
    await open('org_demo');
    await page.getByRole('button', { name: 'Create API key' }).click();
    await page.getByRole('dialog').waitFor();
    await lookAt('create');
    await page.getByRole('radio', { name: 'Custom', exact: true }).check();
    await page.getByRole('checkbox', { name: 'Write goals' }).check();
    await page.getByText('Write does not include read. Also allow reading goals?').waitFor();
    await page.getByText('Contains visitor-level data').waitFor();
    expect(await page.getByRole('checkbox').count()).toBe(scopes.length);
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
    let answer = () => {};
    const measured = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route(keys, async (route) => {
      if (route.request().method() === 'POST') {
        requests.push(route.request().headers()['idempotency-key'] ?? '');
        await measured;
      }
      await route.continue();
    });
    const button = page.getByRole('button', { name: /^Creat/ });
    const width = (await button.last().boundingBox())?.width;
    await page.evaluate(`(() => {
      const form = document.querySelector('dialog form');
      form.requestSubmit();
      form.requestSubmit();
    })()`);
    expect((await page.getByRole('button', { name: 'Creating...' }).boundingBox())?.width).toBe(width);
    answer();
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
    await page.getByText(/^Last used \d minutes ago, 1,204 requests in 24 hours\.$/).waitFor();
    await page.getByRole('textbox', { name: "Type 'Data warehouse sync' to confirm" }).waitFor();
    await lookAt('revoke');
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await isFocused(page.getByRole('button', { name: 'Actions for Data warehouse sync' }))).toBe(true);

    await ask('Goal automation');
    await page.getByText('Never used.').waitFor();
    expect(await page.getByRole('alertdialog').getByRole('textbox').count()).toBe(0);
    await page.route('**/api-keys/*', (route) =>
      route.fulfill({ status: 503, headers: { 'x-request-id': 'request-0002' }, body: '{}' }),
    );
    await page.getByRole('button', { name: 'Revoke key' }).click();
    await page.getByText('We could not confirm that the key is revoked. It may still work: try again.').waitFor();
    expect(await page.getByText('Revoked just now').count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    await page.unroute('**/api-keys/*');
    await page.getByRole('button', { name: 'Revoke key' }).click();
    await page
      .getByRole('row', { name: /Goal automation/ })
      .getByText('Revoked just now')
      .waitFor();
    await page.getByText('Goal automation is revoked.').waitFor({ state: 'attached' });
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

  it('reveal, where the clipboard refuses: the key is selected, and copying it by hand counts', async () => {
    await open('org_fresh');
    await page.getByRole('button', { name: 'Create API key' }).first().click();
    await page.getByRole('textbox', { name: 'Name' }).fill('By hand');
    await page.getByRole('button', { name: 'Create key' }).click();
    const key = await page.getByRole('textbox', { name: 'API key' }).inputValue();
    await page.evaluate("navigator.clipboard.writeText = () => Promise.reject(new Error('refused'))");
    await page.getByRole('button', { name: 'Copy the key' }).click();
    await page.getByText('Press Ctrl+C').waitFor();
    expect(await page.evaluate('getSelection().toString()')).toBe(key);
    expect(await page.getByRole('button', { name: 'Done' }).isDisabled()).toBe(true);
    await page.keyboard.press('Control+C');
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(key);
  });

  it('cause no complaint of the browser', () => {
    const provoked = /ERR_FAILED|status of (404|503)/;
    expect(showcase.browser.complaints.filter((complaint) => !provoked.test(complaint))).toEqual([]);
  });
});

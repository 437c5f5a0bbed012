import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { type Browser, logIn, openBrowser } from './browser.ts';
import { corpusLines } from './corpora.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { type System, startSystem } from './system.ts';

const keysPerPage = 25;

describeInBrowser('names that are written as markup', () => {
  let system: System;
  let browser: Browser;
  let page: Page;
  const dialogs: string[] = [];
  beforeAll(async () => {
    system = await startSystem();
    browser = await openBrowser();
    page = browser.page;
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.accept();
    });
    await logIn(page, system.url, system.owner);
  });
  afterAll(async () => {
    await browser?.close();
    await browser?.removeProfile();
    await system?.stop();
  });

  it('D04 shows every line of the XSS lists as plain text', async () => {
    const lines = corpusLines('xss');
    if (lines.length === 0) process.stderr.write('D04: no folder of lists, so only the lines of this test\n');
    const wanted = [
      '<script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      '{{constructor.constructor("alert(1)")()}}',
    ];
    const names = [...new Set([...wanted, ...lines].map((line) => [...line].slice(0, 100).join('').trim()))];
    await system.addOrganization({ id: 'org_xss', name: '<img src=x onerror=alert(1)>', plan: 'startup' });
    await system.addMember({ organizationId: 'org_xss', email: system.owner.email, role: 'owner' });
    // The page shows the creator's name, which that user chose.
    await system.sql("update users set name = '<img src=x onerror=alert(2)>' where email = $1", [system.owner.email]);
    const accepted = await createAll(system, 'org_xss', names);
    expect(accepted.length).toBeGreaterThan(wanted.length - 1);

    const requestedBefore = browser.requested.length;
    const shown: string[] = [];
    const pages = Math.ceil(accepted.length / keysPerPage);
    for (let number = 1; number <= pages; number += 1) {
      await page.goto(`${system.url}/settings/api-keys?org=org_xss&page=${number}`);
      await page.getByRole('rowheader').first().waitFor();
      shown.push(...(await page.getByRole('rowheader').locator(':scope > span > bdi').allTextContents()));
      expect([number, await foreignElements(page)]).toEqual([number, []]);
      // One key of each page is also opened in the menu and the dialog that show its name.
      const menus = page.getByRole('button', { name: /^Actions for/ });
      await menus.nth(number % (await menus.count())).click();
      await page.getByRole('menuitem', { name: 'Revoke' }).click();
      const dialog = page.getByRole('alertdialog');
      expect(accepted).toContain(await dialog.locator('h2 bdi').textContent());
      expect([number, await foreignElements(page)]).toEqual([number, []]);
      await page.keyboard.press('Escape');
    }
    expect([...shown].sort()).toEqual([...accepted].sort());

    for (const name of accepted.filter((_name, index) => index % 20 === 0)) {
      await page.goto(`${system.url}/settings/api-keys?org=org_xss&q=${encodeURIComponent(name)}`);
      await page.getByRole('searchbox').waitFor();
      expect(await page.getByRole('searchbox').inputValue()).toBe(name);
      await page.goto(
        `${system.url}/settings/billing?org=org_xss&${encodeURIComponent(name)}=${encodeURIComponent(name)}`,
      );
      await page.getByText('<img src=x onerror=alert(1)> is on').waitFor();
      expect([name, await foreignElements(page)]).toEqual([name, []]);
    }
    await system.sql("update api_keys set revoked_at = now() where organization_id = 'org_xss'");
    for (let number = 1; number <= Math.min(pages, 8); number += 1) {
      await page.goto(`${system.url}/settings/api-keys?org=org_xss&show=revoked&page=${number}`);
      await page.getByRole('rowheader').first().waitFor();
      for (const name of await page.getByRole('rowheader').locator(':scope > span > bdi').allTextContents())
        expect(accepted).toContain(name);
      expect([number, await foreignElements(page)]).toEqual([number, []]);
    }
    const foreign = browser.requested.slice(requestedBefore).filter((address) => !address.startsWith(system.url));
    expect([foreign, dialogs, browser.complaints]).toEqual([[], [], []]);
    process.stderr.write(`D04: ${accepted.length} of ${names.length} lines were accepted as names and stayed text\n`);
  });
});

/** Elements and attributes that can only come from markup in a name. */
async function foreignElements(page: Page): Promise<unknown> {
  return page.evaluate(`[...document.querySelectorAll('*')].filter((element) =>
    ['IMG', 'IFRAME', 'OBJECT', 'EMBED', 'VIDEO', 'AUDIO', 'BASE', 'STYLE', 'MARQUEE', 'FRAMESET'].includes(element.tagName) ||
    (element.tagName === 'SCRIPT' && !element.src.startsWith(location.origin + '/assets/')) ||
    [...element.attributes].some(({ name, value }) => name.startsWith('on') || /^\\s*javascript:/i.test(value))
  ).map((element) => element.outerHTML.slice(0, 200))`);
}

/** Creates a key of each name. @returns the names that the key service accepted. */
async function createAll(system: System, organizationId: string, names: readonly string[]): Promise<readonly string[]> {
  const bearer = await system.ownerSession();
  const accepted: string[] = [];
  for (const name of names) {
    const { status } = await system.api.request('POST', `/api/v1/organizations/${organizationId}/api-keys`, {
      bearer,
      body: { name, scopes: ['sites:read'] },
    });
    if (status === 201) accepted.push(name);
    else if (status !== 400) throw new Error(`The key service answered ${status} to a name`);
  }
  return accepted;
}

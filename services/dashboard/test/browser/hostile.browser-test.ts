import type { LoopbackServer } from '@engagetrack/test-ground';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Dialog, Page } from 'playwright-core';
import { startAttacker } from './attacker.ts';
import { type Browser, logIn, openBrowser } from './browser.ts';
import { corpusLines } from './corpora.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { everythingInPage } from './secrets-sweep.ts';
import { type System, startSystem } from './system.ts';

describeInBrowser('hostile input to the dashboard', () => {
  let system: System;
  let browser: Browser;
  let page: Page;
  let attacker: LoopbackServer;
  const dialogs: Dialog[] = [];
  beforeAll(async () => {
    system = await startSystem();
    attacker = await startAttacker(() => system.url);
    browser = await openBrowser();
    await browser.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    page = browser.page;
    page.on('dialog', (dialog) => {
      dialogs.push(dialog);
      void dialog.accept();
    });
    await logIn(page, system.url, system.owner);
  });
  afterAll(async () => {
    await attacker?.close();
    await browser?.close();
    await browser?.removeProfile();
    await system?.stop();
  });

  const createInDialog = async (name: string) => {
    await page.goto(`${system.url}/settings/api-keys`);
    await page.getByRole('button', { name: 'Create API key' }).first().click();
    await page.getByRole('textbox', { name: 'Name' }).fill(name);
    await page.getByRole('button', { name: 'Create key' }).click();
    return page.getByRole('textbox', { name: 'API key' }).inputValue();
  };

  it('D07 shows a key once: not after Back, a reload, in a second tab, or out of the history', async () => {
    const key = await createInDialog('Shown once');
    const address = page.url();
    const second = await browser.context.newPage();
    await second.goto(address);
    await second.getByRole('row', { name: /Shown once/ }).waitFor();
    expect(await everythingInPage(second)).not.toContain(key);
    await second.close();

    for (const attempt of ['first', 'second']) {
      await page.evaluate('history.back()');
      await page.getByRole('alertdialog', { name: 'Close without copying?' }).waitFor();
      expect([attempt, page.url()]).toEqual([attempt, address]);
      await page.getByRole('button', { name: 'Go back' }).click();
      expect(await page.getByRole('textbox', { name: 'API key' }).inputValue()).toBe(key);
    }
    await page.reload();
    expect(dialogs.splice(0).map((dialog) => dialog.type())).toEqual(['beforeunload']);
    await page.getByRole('row', { name: /Shown once/ }).waitFor();
    expect(await everythingInPage(page)).not.toContain(key);
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.goBack();
    expect(await everythingInPage(page)).not.toContain(key);
    expect(await page.evaluate('navigator.serviceWorker.getRegistrations().then((found) => found.length)')).toBe(0);
  });

  it('D07 leaves a history as it was, when a key was shown and stored', async () => {
    await page.goto(`${system.url}/settings/billing`);
    await page.getByRole('link', { name: 'API keys' }).click();
    await page.getByRole('button', { name: 'Create API key' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Stored');
    await page.getByRole('button', { name: 'Create key' }).click();
    const field = page.getByRole('textbox', { name: 'API key' });
    expect(await field.getAttribute('autocomplete')).toBe('off');
    await page.getByRole('checkbox', { name: 'I have stored this key' }).check();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('row', { name: /Stored/ }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Billing' }).waitFor();
  });

  it('D08 keeps a key whose revocation was not confirmed', async () => {
    const key = await createInDialog('Kept');
    await page.getByRole('checkbox', { name: 'I have stored this key' }).check();
    await page.getByRole('button', { name: 'Done' }).click();
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'DELETE') asked.push(request.url());
    });
    for (const leave of ['Cancel', 'Escape', 'beside']) {
      await page.getByRole('button', { name: 'Actions for Kept' }).click();
      await page.getByRole('menuitem', { name: 'Revoke' }).click();
      const dialog = page.getByRole('alertdialog', { name: "Revoke 'Kept'?" });
      await dialog.waitFor();
      if (leave === 'Cancel') await dialog.getByRole('button', { name: 'Cancel' }).click();
      else if (leave === 'Escape') await page.keyboard.press('Escape');
      else await page.mouse.click(5, 5);
      await dialog.waitFor({ state: 'detached' });
    }
    expect(asked).toEqual([]);
    expect((await system.api.get('/api/v1/organizations/org_demo/sites', key)).status).toBe(200);
  });

  it('D11 puts nothing on the clipboard that a spreadsheet would run', async () => {
    for (const name of ['=HYPERLINK("https://evil.example","x")', '+1+cmd()', '-2+3', '@SUM(A1)']) {
      const key = await createInDialog(name);
      const copied: string[] = [];
      for (const tab of ['.env', 'curl', 'JavaScript', 'Python']) {
        await page.getByRole('tab', { name: tab }).click();
        await page.getByRole('tabpanel').getByRole('button', { name: /Copy/ }).click();
        copied.push(String(await page.evaluate('navigator.clipboard.readText()')));
      }
      await page.getByRole('button', { name: 'Copy the key' }).click();
      copied.push(String(await page.evaluate('navigator.clipboard.readText()')));
      expect(copied.at(-1)).toBe(key);
      for (const text of copied) expect([/^[=+\-@\t\r]/.test(text), text.includes(name)]).toEqual([false, false]);
      await page.getByRole('button', { name: 'Done' }).click();
    }
  });

  it('D10 is shown in no frame of another page', async () => {
    await page.goto(`${attacker.url}/frame`);
    const frame = await page.locator('iframe').elementHandle();
    const content = await frame?.contentFrame();
    await content?.waitForLoadState();
    expect(content?.url()).toMatch(/^chrome-error:/);
    expect(await content?.evaluate('document.body.innerText.includes("EngageTrack")')).toBe(false);
  });

  it('D03 takes no change from a page of another origin, though its cookie comes along', async () => {
    const count = async () => {
      const bearer = await system.ownerSession();
      const { text } = await system.api.request('GET', '/api/v1/organizations/org_demo/api-keys', { bearer });
      return JSON.parse(text).data.length;
    };
    const before = await count();
    const statuses: number[] = [];
    page.on('response', (response) => {
      if (response.url().startsWith(system.url)) statuses.push(response.status());
    });
    await page.goto(`${attacker.url}/form`);
    await page.waitForURL(`${system.url}/**`);
    expect(await page.locator('body').textContent()).toContain('Changes are only accepted from the dashboard itself');
    await page.goto(`${attacker.url}/fetch`);
    await page.waitForFunction('document.title === "done"');
    // The script's request was refused as well, but only the form's answer is visible here.
    expect(statuses).toEqual([403]);
    expect(await count()).toBe(before);
  });

  it('D09 leads nowhere else after a log-in', async () => {
    const lines = corpusLines('redirect');
    const sample = [
      '//evil.example/',
      'https://evil.example/settings/api-keys',
      '/\\evil.example',
      'javascript:alert(1)',
    ];
    sample.push(...lines.filter((_line, index) => index % 12 === 0));
    const requestedBefore = browser.requested.length;
    for (const next of sample) {
      await page.goto(`${system.url}/login`);
      await page.goto(`${system.url}/settings/billing`);
      await page.getByRole('heading', { name: 'Billing' }).waitFor();
      // With a session the page leads on at once, as it does after a log-in.
      await page.evaluate(`history.pushState(null, '', '/login?next=' + ${JSON.stringify(encodeURIComponent(next))})`);
      await page.evaluate('dispatchEvent(new PopStateEvent("popstate"))');
      await page.getByRole('heading', { name: 'API keys' }).waitFor();
      expect([next, new URL(page.url()).origin]).toEqual([next, system.url]);
    }
    const foreign = browser.requested.slice(requestedBefore).filter((address) => !address.startsWith(system.url));
    expect(foreign).toEqual([]);
  });

  it('causes no complaint of the browser except those about the attacker', () => {
    expect(
      browser.complaints.filter(
        (complaint) =>
          !/frame-ancestors|chrome-error|NotSameOrigin|blocked by CORS policy|net::ERR_FAILED/.test(complaint),
      ),
    ).toEqual([]);
  });
});

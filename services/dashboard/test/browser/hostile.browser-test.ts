import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Dialog, Page } from 'playwright-core';
import { type Browser, logIn, openBrowser } from './browser.ts';
import { corpusLines } from './corpora.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { everythingInPage } from './secrets-sweep.ts';
import { type System, startSystem } from './system.ts';

const keysPerPage = 25;

describeInBrowser('hostile input to the dashboard', () => {
  let system: System;
  let browser: Browser;
  let page: Page;
  let attacker: { readonly url: string; readonly server: Server };
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
    attacker?.server.close();
    attacker?.server.closeAllConnections();
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

  it('D08 keeps a key that nobody confirmed to revoke', async () => {
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
    // What its script sent was refused as well, and its answer kept from it: only the form's can be seen from here.
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
      // Already logged in: the page leads on at once, as it does after a log-in.
      await page.evaluate(`history.pushState(null, '', '/login?next=' + ${JSON.stringify(encodeURIComponent(next))})`);
      await page.evaluate('dispatchEvent(new PopStateEvent("popstate"))');
      await page.getByRole('heading', { name: 'API keys' }).waitFor();
      expect([next, new URL(page.url()).origin]).toEqual([next, system.url]);
    }
    const foreign = browser.requested.slice(requestedBefore).filter((address) => !address.startsWith(system.url));
    expect(foreign).toEqual([]);
  });

  it('D04 shows every line of the XSS lists as the text that it is', async () => {
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
    const accepted = await createAll(system, 'org_xss', names);
    expect(accepted.length).toBeGreaterThan(wanted.length - 1);

    const requestedBefore = browser.requested.length;
    const shown: string[] = [];
    const pages = Math.ceil(accepted.length / keysPerPage);
    for (let number = 1; number <= pages; number += 1) {
      await page.goto(`${system.url}/settings/api-keys?org=org_xss&page=${number}`);
      await page.getByRole('rowheader').first().waitFor();
      shown.push(...(await page.getByRole('rowheader').locator('bdi').allTextContents()));
      expect([number, await foreignElements(page)]).toEqual([number, []]);
      // One of each page also goes through the menu and the dialog that name it.
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
    const foreign = browser.requested.slice(requestedBefore).filter((address) => !address.startsWith(system.url));
    expect([foreign, dialogs.map((dialog) => dialog.message())]).toEqual([[], []]);
    process.stderr.write(`D04: ${accepted.length} of ${names.length} lines were accepted as names and stayed text\n`);
  });

  it('have made the browser complain about nothing but what it kept the attacker from', () => {
    expect(
      browser.complaints.filter(
        (complaint) =>
          !/frame-ancestors|chrome-error|NotSameOrigin|blocked by CORS policy|net::ERR_FAILED/.test(complaint),
      ),
    ).toEqual([]);
  });
});

/** What only markup out of a text could have put into the page. */
async function foreignElements(page: Page): Promise<unknown> {
  return page.evaluate(`[...document.querySelectorAll('*')].filter((element) =>
    ['IMG', 'IFRAME', 'OBJECT', 'EMBED', 'VIDEO', 'AUDIO', 'BASE', 'STYLE', 'MARQUEE', 'FRAMESET'].includes(element.tagName) ||
    (element.tagName === 'SCRIPT' && !element.src.startsWith(location.origin + '/assets/')) ||
    [...element.attributes].some(({ name, value }) => name.startsWith('on') || /^\\s*javascript:/i.test(value))
  ).map((element) => element.outerHTML.slice(0, 200))`);
}

/** Creates a key of each name; @returns the names that the key service took. */
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

/** Pages of another origin on the same host: their requests carry the cookie, for ports do not part sites. */
async function startAttacker(target: () => string) {
  const keys = () => `${target()}/api/v1/organizations/org_demo/api-keys`;
  const server = createServer((req, res) => {
    const pages: Readonly<Record<string, () => string>> = {
      '/frame': () => `<iframe src="${target()}/settings/api-keys"></iframe>`,
      '/form': () =>
        `<form method="post" action="${keys()}" enctype="text/plain"><input name='{"name":"x","scopes":["sites:read"],"a":"' value='"}'></form><script>document.forms[0].submit()</script>`,
      '/fetch': () =>
        `<script>const body = '{"name":"x","scopes":["sites:read"]}';
         const send = (method, options) => fetch("${keys()}", { method, body, credentials: "include", ...options }).catch(() => 0);
         send("POST", { mode: "no-cors" }).then(() => send("POST", { headers: { "content-type": "application/json" } })).then(() => { document.title = "done"; });</script>`,
    };
    const body = pages[req.url ?? '']?.() ?? '';
    res.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><title>attack</title>${body}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server does not listen on a TCP port');
  return { server, url: `http://127.0.0.1:${address.port}` };
}

import { waitFor } from '@engagetrack/test-ground/stores';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Browser, isFocused, logIn, openBrowser } from './browser.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { everythingInPage, filesWith } from './secrets-sweep.ts';
import { type System, startSystem } from './system.ts';

const unauthorized = { status: 401, text: '{"error":"Invalid or expired API key"}' };

describeInBrowser('the way of a key through the dashboard', () => {
  let system: System;
  let browser: Browser;
  let key: string;
  let sessionToken: string;
  beforeAll(async () => {
    system = await startSystem();
    browser = await openBrowser();
    await browser.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  });
  afterAll(async () => {
    await browser?.close();
    await browser?.removeProfile();
    await system?.stop();
  });
  const sitesWith = async (bearer: string) => {
    const { status, text } = await system.api.get('/api/v1/organizations/org_demo/sites', bearer);
    return { status, text };
  };

  const usage = async () =>
    (await system.api.get('/api/v1/organizations/org_demo/api-key-usage', await system.ownerSession())).text;

  it('begins with a log-in that leads to the requested page', async () => {
    const { page } = browser;
    await page.goto(`${system.url}/settings/billing`);
    await page.waitForURL('**/login?next=%2Fsettings%2Fbilling');
    await page.getByLabel('Email').fill(system.owner.email);
    await page.getByRole('textbox', { name: 'Password' }).fill('a wrong guess');
    await page.getByRole('button', { name: 'Log in' }).click();
    expect(await page.getByRole('alert').textContent()).toBe('Invalid email or password.');
    await page.getByRole('textbox', { name: 'Password' }).fill(system.owner.password);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForURL('**/settings/billing');
    await page.getByRole('link', { name: 'API keys' }).click();
    await page.getByRole('heading', { name: 'No API keys yet' }).waitFor();

    const [cookie] = await browser.context.cookies();
    sessionToken = cookie?.value ?? '';
    expect(cookie).toMatchObject({
      name: 'engagetrack_session',
      httpOnly: true,
      sameSite: 'Lax',
      path: '/',
      expires: -1,
    });
    expect(sessionToken).toMatch(/^et_session_/);
  });

  it('creates a key with the preset for reports, shows it once and asks before it is lost', async () => {
    const { page } = browser;
    await page.getByRole('button', { name: 'Create API key' }).first().click();
    const dialog = page.getByRole('dialog', { name: 'Create API key' });
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Data warehouse sync');
    expect(await dialog.getByRole('radio', { name: 'Reporting' }).isChecked()).toBe(true);
    expect(await dialog.getByRole('radio', { name: '90 days' }).isChecked()).toBe(true);
    await dialog.getByText('This key can: read stats and sites. It cannot change anything.').waitFor();
    await dialog.getByRole('button', { name: 'Create key' }).click();

    const reveal = page.getByRole('dialog', { name: 'Save your API key' });
    await reveal.waitFor();
    expect(await isFocused(reveal.getByRole('heading', { name: 'Save your API key' }))).toBe(true);
    key = await reveal.getByRole('textbox', { name: 'API key' }).inputValue();
    expect(key).toMatch(/^et_live_[0-9a-f]{32}$/);
    expect(await reveal.getByRole('button', { name: 'Done' }).isDisabled()).toBe(true);

    await page.keyboard.press('Escape');
    const guard = page.getByRole('alertdialog', { name: 'Close without copying?' });
    await guard.getByText('You will not see this key again.').waitFor();
    expect(await isFocused(guard.getByRole('button', { name: 'Go back' }))).toBe(true);
    await page.keyboard.press('Enter');
    await guard.waitFor({ state: 'detached' });
    expect(await reveal.getByRole('textbox', { name: 'API key' }).inputValue()).toBe(key);
  });

  it('tries the key out and copies it', async () => {
    const { page } = browser;
    const reveal = page.getByRole('dialog', { name: 'Save your API key' });
    await reveal.getByRole('button', { name: 'Send a test request' }).click();
    await reveal.getByText('The key works.').waitFor();
    const outcome = await reveal.getByRole('status').textContent();
    expect(outcome).toMatch(
      /200 OK.*GET \/api\/v1\/organizations\/org_demo\/sites.*Limit600 a minuteRemaining599Resets\d/s,
    );

    await reveal.getByRole('button', { name: 'Copy the key' }).click();
    await reveal.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(key);
    await reveal.getByRole('button', { name: 'Copy the key' }).waitFor();
    for (const name of ['curl', 'JavaScript', 'Python']) {
      await reveal.getByRole('tab', { name }).click();
      const code = await reveal.getByRole('tabpanel', { name }).textContent();
      expect(code).toContain('ENGAGETRACK_API_KEY');
      expect(code).not.toContain(key);
    }
    await reveal.getByRole('button', { name: 'Done' }).click();
    await reveal.waitFor({ state: 'detached' });
    const row = page.getByRole('row', { name: /Data warehouse sync/ });
    expect(await row.textContent()).toContain(`et_live_...${key.slice(-4)}`);
    expect(await row.getByText(/^in 90 days$/).count()).toBe(1);
    expect((await sitesWith(key)).status).toBe(200);
  });

  it('has left neither key nor session token to a script or a later visitor', async () => {
    const everything = await everythingInPage(browser.page);
    expect(everything).toContain('Data warehouse sync');
    expect(everything).not.toContain(key.slice('et_live_'.length));
    expect(everything).not.toContain(sessionToken);
    expect(browser.requested.filter((address) => address.includes(key) || address.includes(sessionToken))).toEqual([]);
  });

  it('revokes with the name typed, and says so only once the gateway refuses the key', async () => {
    const { page } = browser;
    // The gateway reports its counts of the requests above within ten seconds.
    await waitFor(async () => (await usage()).includes('"requests":2,'), { deadlineMs: 30_000, what: 'two requests' });
    await page.reload();
    await page
      .getByRole('row', { name: /Data warehouse sync/ })
      .getByText('2 requests')
      .waitFor();
    await page.getByRole('button', { name: 'Actions for Data warehouse sync' }).click();
    await page.getByRole('menuitem', { name: 'Revoke' }).click();
    const dialog = page.getByRole('alertdialog', { name: "Revoke 'Data warehouse sync'?" });
    await dialog.getByText('Requests with this key fail at once. This cannot be undone.').waitFor();
    await dialog.getByText(/^Last used (just now|\d minutes? ago), 2 requests in 24 hours\.$/).waitFor();
    const confirm = dialog.getByRole('button', { name: 'Revoke key' });
    expect(await confirm.isDisabled()).toBe(true);
    await dialog.getByRole('textbox').fill('Data warehouse');
    expect(await confirm.isDisabled()).toBe(true);
    await dialog.getByRole('textbox').fill('Data warehouse sync');

    // The test holds the acknowledgement back: the gateway refuses the key already, and the page must not say so yet.
    const seen: unknown[] = [];
    await page.route('**/api-keys/*', async (route) => {
      const response = await route.fetch();
      seen.push(response.status(), await sitesWith(key), await page.getByText('Revoked just now').count());
      await route.fulfill({ response });
    });
    await confirm.click();
    await page.getByText('Revoked just now').waitFor();
    await page.unroute('**/api-keys/*');
    expect(seen).toEqual([204, unauthorized, 0]);
    expect(await page.getByRole('button', { name: /Actions for/ }).count()).toBe(0);
    await page.reload();
    await page.getByRole('heading', { name: 'No API keys yet' }).waitFor();
  });

  it('ends with a log-out that ends the session at the server, too', async () => {
    const { page } = browser;
    await page.getByRole('button', { name: /Account of/ }).click();
    await page.getByRole('menuitem', { name: 'Log out' }).click();
    await page.waitForURL('**/login');
    expect(await browser.context.cookies()).toEqual([]);
    const session = await system.api.request('GET', '/api/v1/auth/session', { bearer: sessionToken });
    expect(session.status).toBe(401);
    await page.goBack();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    expect(browser.complaints).toEqual([]);
  });

  it('has left nothing in the profile folder, and nothing in any log', async () => {
    await browser.close();
    const digits = key.slice('et_live_'.length);
    const secrets = [digits, digits.slice(0, 16), sessionToken.slice('et_session_'.length), system.owner.password];
    expect(await filesWith(browser.profileFolder, secrets)).toEqual([]);
    // The search works: it finds a text that the browser certainly keeps.
    expect(await filesWith(browser.profileFolder, ['/settings/billing'])).not.toEqual([]);
    const logs = system.product.output() + system.dashboard.output();
    expect(logs).toContain('POST /api/test-request');
    for (const secret of secrets) expect(logs.includes(secret)).toBe(false);
  });

  it('is the same after another log-in', async () => {
    const again = await openBrowser();
    await logIn(again.page, system.url, system.owner);
    await again.page.getByRole('heading', { name: 'No API keys yet' }).waitFor();
    expect(again.complaints).toEqual([]);
    await again.close();
    await again.removeProfile();
  });
});

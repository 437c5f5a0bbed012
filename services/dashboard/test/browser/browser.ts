import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';

/** A browser with a new, empty profile folder, and a record of all its complaints. */
export interface Browser {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly profileFolder: string;
  /** Console errors, uncaught errors and violations of the pages' policy, as sentences. */
  readonly complaints: readonly string[];
  /** Every address that a page requested. */
  readonly requested: readonly string[];
  /** Ends the browser and keeps its profile folder for a search. */
  close(): Promise<void>;
  removeProfile(): Promise<void>;
}

const launchArgs = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The browser's own complaint about a refusal that a test provokes. */
const expectedComplaint =
  /^Failed to load resource: the server responded with a status of (400|401|402|403|404|429|503)/;

export async function openBrowser(options: BrowserContextOptions = {}): Promise<Browser> {
  const profileFolder = await mkdtemp(join(tmpdir(), 'engagetrack-browser-'));
  const context = await chromium.launchPersistentContext(profileFolder, {
    executablePath: process.env.TEST_CHROMIUM ?? '',
    args: launchArgs,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  const complaints: string[] = [];
  const requested: string[] = [];
  const watch = (page: Page): void => {
    page.on('console', (message) => {
      if (message.type() === 'error' && !expectedComplaint.test(message.text())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => requested.push(request.url()));
  };
  context.on('page', watch);
  const [page] = context.pages();
  if (page === undefined) throw new Error('The browser opened without a page');
  watch(page);
  return {
    context,
    page,
    profileFolder,
    complaints,
    requested,
    close: () => context.close(),
    removeProfile: () => rm(profileFolder, { recursive: true, force: true }),
  };
}

/** Whether the element has the focus. */
export function isFocused(locator: Locator): Promise<boolean> {
  return locator.evaluate((node) => node === node.ownerDocument.activeElement);
}

export async function logIn(
  page: Page,
  url: string,
  { email, password }: { readonly email: string; readonly password: string },
) {
  await page.goto(`${url}/login`);
  await page.getByLabel('Email').fill(email);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL('**/settings/**');
}

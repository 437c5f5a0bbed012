import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

/** Everything in a page that outlives a click or that a script could read, as one text. */
export async function everythingInPage(page: Page): Promise<string> {
  const text = await page.evaluate(`(async () => {
    const fields = [...document.querySelectorAll('input, textarea')].map((field) => field.value);
    const databases = await indexedDB.databases();
    const cacheNames = await caches.keys();
    const addresses = performance.getEntries().map((entry) => entry.name);
    return JSON.stringify([
      document.documentElement.outerHTML, fields, document.cookie, location.href, history.state, window.name,
      { ...localStorage }, { ...sessionStorage }, databases, cacheNames, addresses,
    ]);
  })()`);
  return String(text);
}

/** Lists the files below a folder that contain one of the texts, in any encoding that a browser uses. */
export async function filesWith(folder: string, texts: readonly string[]): Promise<readonly string[]> {
  const needles = texts.flatMap((text) => [
    Buffer.from(text),
    Buffer.from(text, 'utf16le'),
    Buffer.from(Buffer.from(text).toString('base64').replace(/=+$/, '').slice(0, -2)),
    Buffer.from(Buffer.from(text).toString('hex')),
  ]);
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const bytes = await readFile(file);
    if (needles.some((needle) => bytes.includes(needle))) found.push(file);
  }
  return found;
}

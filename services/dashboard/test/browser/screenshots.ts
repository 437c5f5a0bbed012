import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

const folder = fileURLToPath(new URL('../../../../artefacts/dashboard/', import.meta.url));

/** Pixels: a phone, a tablet and a desk. */
export const widths = [360, 768, 1440] as const;
const heightOf: Readonly<Record<number, number>> = { 360: 740, 768: 1024, 1440: 900 };

/** Shows the page at each width in turn and calls back at each. */
export async function atEveryWidth(page: Page, look: (width: number) => Promise<unknown>): Promise<void> {
  for (const width of widths) {
    await page.setViewportSize({ width, height: heightOf[width] ?? 900 });
    await look(width);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}

/** Keeps a picture of the page among the artefacts of the run. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: `${folder}${name}.png`, animations: 'disabled' });
}

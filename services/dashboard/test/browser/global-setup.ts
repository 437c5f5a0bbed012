import { buildPages } from '@engagetrack/test-ground';
import findRunStores from '@engagetrack/test-ground/jest-global-setup';
import { findChromium } from './find-chromium.ts';

/** Before any suite: builds the present pages, starts the run's stores, and finds a browser. */
export default async function prepareBrowserRun(): Promise<void> {
  const chromium = await findChromium();
  process.env.TEST_CHROMIUM = chromium.kind === 'found' ? chromium.file : '';
  if (chromium.kind === 'missing') {
    process.stderr.write(`browser suites are skipped, no Chromium: ${chromium.advice}\n`);
    if (process.env.CI === 'true') process.exit(1);
    return;
  }
  await buildPages();
  await findRunStores();
}

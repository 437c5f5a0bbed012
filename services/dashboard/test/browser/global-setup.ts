import { fileURLToPath } from 'node:url';
import startRunStores from '@engagetrack/test-ground/jest-global-setup';
import { build } from 'vite';
import { findChromium } from './find-chromium.ts';

/** Before any suite: the pages as they stand now, built; the run's stores; and whether there is a browser. */
export default async function prepareBrowserRun(): Promise<void> {
  const chromium = await findChromium();
  process.env.TEST_CHROMIUM = chromium.kind === 'found' ? chromium.file : '';
  if (chromium.kind === 'missing') {
    if (process.env.CI === 'true') throw new Error(`With CI=true no suite may be skipped; ${chromium.advice}`);
    process.stderr.write(`browser suites are skipped, no Chromium: ${chromium.advice}\n`);
    return;
  }
  await buildPages();
  await startRunStores();
}

async function buildPages(): Promise<void> {
  const { NODE_ENV: ofTheRun } = process.env;
  // Jest's own value would build React's development version, which nobody is ever served.
  process.env.NODE_ENV = 'production';
  await build({ configFile: fileURLToPath(new URL('../../vite.config.ts', import.meta.url)), logLevel: 'warn' });
  process.env.NODE_ENV = ofTheRun;
}

/**
 * Builds the dashboard's pages where their sources have changed since the last build, and does nothing otherwise: a digest
 * of the sources stands beside the build. Two builds at the same time do each other no harm: each has a folder of its
 * own, which takes the place of the old one when it is complete.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { digestOf, filesBelow, root } from './content-digest.mjs';

const dashboard = join(root, 'services/dashboard');
const pages = join(dashboard, 'dist/client');
const digestFile = join(dashboard, 'dist/client-built-from');

const digest = digestOf([
  'pnpm-lock.yaml',
  'services/dashboard/index.html',
  'services/dashboard/vite.config.ts',
  ...filesBelow('services/dashboard/src/client'),
  ...filesBelow('packages/contracts/src'),
]);
if (!isBuilt()) await build();

function isBuilt() {
  return existsSync(join(pages, 'index.html')) && existsSync(digestFile) && readFileSync(digestFile, 'utf8') === digest;
}

async function build() {
  console.error("Building the dashboard's pages: a few seconds, only after a change of their sources.");
  const { resolve } = createRequire(join(dashboard, 'package.json'));
  const { build: buildWithVite } = await import(pathToFileURL(resolve('vite')).href);
  const outDir = `${pages}-${process.pid}`;
  const old = `${outDir}-old`;
  // A test run's own value would build React's development version, which no user is ever served.
  process.env.NODE_ENV = 'production';
  try {
    await buildWithVite({ configFile: join(dashboard, 'vite.config.ts'), logLevel: 'warn', build: { outDir } });
    if (existsSync(pages)) renameSync(pages, old);
    renameSync(outDir, pages);
    writeFileSync(digestFile, digest);
  } finally {
    for (const folder of [outDir, old]) rmSync(folder, { recursive: true, force: true });
  }
}

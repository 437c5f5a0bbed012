/**
 * `npm run dev`: every service in one process that starts again when a source of theirs changes, and the dashboard's pages
 * by Vite, which shows a change without a reload and passes `/api` on to the dashboard's server.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './content-digest.mjs';

const dashboard = join(root, 'services/dashboard');
const services = spawn(
  process.execPath,
  ['--watch', '--watch-preserve-output', '--conditions=source', 'services/all-in-one/src/main.ts'],
  { cwd: root, stdio: 'inherit' },
);
const vite = createRequire(join(dashboard, 'package.json')).resolve('vite');
const { createServer } = await import(pathToFileURL(vite).href);
const pages = await createServer({ configFile: join(dashboard, 'vite.config.ts') });

let ending = false;
const end = async (code) => {
  if (ending) return;
  ending = true;
  services.kill('SIGTERM');
  await pages.close();
  process.exitCode = code;
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end(0));
services.once('close', (code) => void end(code ?? 0));

try {
  await pages.listen();
  pages.printUrls();
} catch (error) {
  console.error(`dev: the pages cannot be served: ${error instanceof Error ? error.message : error}`);
  await end(1);
}

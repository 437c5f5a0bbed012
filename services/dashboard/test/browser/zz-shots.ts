import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createApiClient, listeningAddresses, startProcess } from '@engagetrack/system-test';
import { build } from 'vite';
import { logIn, openBrowser } from './browser.ts';

const sys = JSON.parse(readFileSync('/tmp/dash/system.json', 'utf8'));
process.env.TEST_CHROMIUM = sys.chromium;
if (!process.argv.includes('--no-build'))
  await build({ configFile: fileURLToPath(new URL('../../vite.config.ts', import.meta.url)), logLevel: 'error' });
const dashboard = startProcess({
  main: 'services/dashboard/src/server/main.ts',
  environment: {
    HOST: '127.0.0.1',
    DASHBOARD_PORT: '0',
    DASHBOARD_ADMIN_PORT: '0',
    KEYS_URL: sys.keysUrl,
    GATEWAY_URL: sys.gatewayUrl,
    PUBLIC_GATEWAY_URL: 'https://api.engagetrack.net',
  },
});
const url = (await listeningAddresses(dashboard)).get('site') ?? '';
const script = await import(process.argv[2] ?? '');
const browser = await openBrowser();
try {
  await script.default({ sys, url, browser, logIn, api: createApiClient(sys.gatewayUrl, sys.owner.organizationId) });
} catch (e) {
  console.log('FAILED', e);
  await browser.page.screenshot({ path: '/tmp/dash/failed.png' });
}
console.log('complaints', browser.complaints);
await browser.close();
await browser.removeProfile();
await dashboard.stop();

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listeningAddresses, runProcess, startProcess } from '@engagetrack/test-ground';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const main = 'services/dashboard/src/server/main.ts';

describe('the dashboard as a process', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'engagetrack-assets-'));
    await writeFile(join(folder, 'index.html'), '<!doctype html><title>EngageTrack</title>');
  });
  afterAll(() => rm(folder, { recursive: true }));
  const ports = { DASHBOARD_PORT: '0', DASHBOARD_ADMIN_PORT: '0' };
  const urls = { KEYS_URL: 'http://127.0.0.1:1', GATEWAY_URL: 'http://127.0.0.1:1' };

  it('starts without the services behind it, says that it is not ready, and stops on SIGTERM', async () => {
    const dashboard = startProcess({ main, environment: { ...ports, ...urls, ASSETS_FOLDER: folder } });
    const addresses = await listeningAddresses(dashboard);
    const page = await fetch(`${addresses.get('site')}/login`);
    expect([page.status, await page.text()]).toEqual([200, '<!doctype html><title>EngageTrack</title>']);
    const ready = await fetch(`${addresses.get('admin')}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { status: 'not ready', reason: 'the key service does not answer' },
    ]);
    expect(await dashboard.stop()).toEqual({ code: 0, signal: null });
  });

  it('names each fault of its variables in one line', async () => {
    const environment = { ...ports, KEYS_URL: 'ftp://keys', PUBLIC_URL: 'app.example.com', INTERNAL_TOKEN: 'short' };
    const { code, output } = await runProcess({ main, environment });
    expect(code).toBe(1);
    expect(output.trim().split('\n')).toEqual([
      expect.stringMatching(/^KEYS_URL: must be a URL such as/),
      expect.stringMatching(/^GATEWAY_URL: is required but not set/),
      expect.stringMatching(/^PUBLIC_URL: must be a URL such as/),
      expect.stringMatching(/^INTERNAL_TOKEN: must be at least 32 characters/),
    ]);
  });

  it('names the folder that holds no build', async () => {
    const empty = join(folder, 'nothing');
    const { code, output } = await runProcess({ main, environment: { ...ports, ...urls, ASSETS_FOLDER: empty } });
    expect([code, output]).toEqual([1, expect.stringContaining(`ASSETS_FOLDER: ${empty} holds no built dashboard`)]);
  });

  it('masks its secret when it prints its configuration', async () => {
    const secret = 'a secret of more than thirty-two characters';
    const { code, output } = await runProcess({
      main,
      environment: { ...urls, INTERNAL_TOKEN: secret },
      args: ['--print-config'],
    });
    expect([code, output.includes(secret), output.includes('INTERNAL_TOKEN=********')]).toEqual([0, false, true]);
  });
});

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildPages, type RunningProcess, runProcess, startProcess } from '@engagetrack/test-ground';
import { findOnPath, waitFor } from '@engagetrack/test-ground/stores';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const run = promisify(execFile);
const main = 'services/all-in-one/src/main.ts';
const freePorts = {
  GATEWAY_PORT: '0',
  GATEWAY_ADMIN_PORT: '0',
  KEYS_PORT: '0',
  KEYS_INTERNAL_PORT: '0',
  KEYS_ADMIN_PORT: '0',
  DASHBOARD_PORT: '0',
  DASHBOARD_ADMIN_PORT: '0',
  EXAMPLE_UPSTREAM_PORT: '0',
};
/** A slow start says every three seconds what it does. */
const withoutProgress = (output: string) => output.replace(/^… .*\n/gm, '');
const itWithCurl = findOnPath('curl') !== undefined || process.env.CI === 'true' ? it : it.skip;

describe('npm start (PGlite)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'engagetrack-start-'));
  const environment = { ...freePorts, DATA_DIR: join(folder, 'not', 'yet', 'there') };
  let first: RunningProcess;
  beforeAll(async () => {
    await buildPages();
    first = startProcess({ main, environment });
    await greeting(first);
  });
  afterAll(async () => {
    await first.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  itWithCurl('prints a tour whose lines, pasted, give 200, 201, 200, 204 and 401', async () => {
    const { stdout, stderr } = await run('sh', ['-c', tourOf(first)]);
    expect(stderr).toBe('');
    expect(stdout.match(/^\d{3}$/gm)).toEqual(['200', '201', '200', '204', '401']);
    expect(stdout).toContain('{"error":"Invalid or expired API key"}');
  });

  it('names every address, and prints no log line beside', () => {
    for (const name of [
      'gateway (the API)',
      'dashboard',
      'key service',
      'analytics upstream',
      `PGlite in ${environment.DATA_DIR}`,
    ])
      expect(first.output()).toContain(name);
    expect(first.output()).not.toContain('"at":');
  });

  it('is refused for a data folder that another process uses', async () => {
    const second = await runProcess({ main, environment });
    expect(second.code).toBe(1);
    expect(withoutProgress(second.output)).toBe(
      `DATA_DIR: ${environment.DATA_DIR} is in use by the running process ${first.pid}; stop it, or set DATA_DIR to another folder\n`,
    );
  });

  it('names the port that is taken and the variable that changes it, and leaves the data folder free', async () => {
    const taken = new URL(addressOf(first)).port;
    const dataFolder = join(folder, 'other');
    const options = { main, environment: { ...freePorts, DATA_DIR: dataFolder, GATEWAY_PORT: taken } };
    for (let n = 0; n < 2; n += 1) {
      const { code, output } = await runProcess(options);
      expect([code, withoutProgress(output)]).toEqual([
        1,
        `GATEWAY_PORT: port ${taken} on 127.0.0.1 is already in use; stop what listens there or set GATEWAY_PORT to another port (0 picks a free one)\n`,
      ]);
    }
  });

  it('keeps keys, their usage and sessions over a restart, and makes no second demo organization', async () => {
    const password = /^PASSWORD='(.*)'$/m.exec(first.output())?.[1];
    const request = async (url: string, bearer?: string, body?: object) => {
      const response = await fetch(url, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { 'content-type': 'application/json', ...(bearer && { authorization: `Bearer ${bearer}` }) },
        ...(body && { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: JSON.parse(await response.text()) };
    };
    const api = `${addressOf(first)}/api/v1`;
    const loggedIn = await request(`${api}/auth/login`, undefined, { email: 'owner@example.com', password });
    expect(loggedIn.status).toBe(200);
    const { token } = loggedIn.body;
    const options = { name: 'Kept', scopes: ['sites:read'] };
    const created = await request(`${api}/organizations/org_demo/api-keys`, token, options);
    expect(created.status).toBe(201);
    const { id, key } = created.body;
    expect((await request(`${api}/organizations/org_demo/sites`, key)).status).toBe(200);

    expect(await first.stop()).toEqual({ code: 0, signal: null });
    first = startProcess({ main, environment });
    await greeting(first);
    expect(first.output()).toContain("PASSWORD='the one that the first start printed'");
    const again = `${addressOf(first)}/api/v1`;
    expect((await request(`${again}/organizations/org_demo/sites`, key)).status).toBe(200);
    expect((await request(`${again}/auth/session`, token)).body.organizations).toHaveLength(1);
    // The first process has counted it, and stored it when it stopped.
    const { data } = (await request(`${again}/organizations/org_demo/api-key-usage`, token)).body;
    expect(data).toContainEqual(expect.objectContaining({ key_id: id, requests: 1, limited: 0 }));
  });
});

async function greeting(process: RunningProcess): Promise<void> {
  let ended = false;
  process.exited.then(() => {
    ended = true;
  });
  await waitFor(() => ended || process.output().includes('Ctrl+C stops everything'), {
    deadlineMs: 40_000,
    what: 'the tour',
  });
  if (ended) throw new Error(`It ended while starting: ${process.output()}`);
}

function tourOf(process: RunningProcess): string {
  const output = process.output();
  return output.slice(output.indexOf('# Log in'), output.indexOf('The same with the mouse'));
}

function addressOf(process: RunningProcess): string {
  const [, address] = /gateway \(the API\) +(\S+)/.exec(process.output()) ?? [];
  if (address === undefined) throw new Error(process.output());
  return address;
}

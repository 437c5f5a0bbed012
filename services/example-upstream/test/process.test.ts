import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { identityOf, sitePath } from './harness.ts';

const mainFile = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const startDeadlineMs = 20_000;

describe('the process', () => {
  let child: ChildProcess | undefined;
  afterEach(() => {
    child?.kill('SIGKILL');
  });

  function start(environment: Readonly<Record<string, string>>, ...flags: readonly string[]) {
    const started = spawn(process.execPath, ['--conditions=source', mainFile, ...flags], {
      env: { PATH: process.env.PATH ?? '', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    const output = { out: '', err: '' };
    started.stdout.on('data', (chunk: Buffer) => {
      output.out += chunk.toString();
    });
    started.stderr.on('data', (chunk: Buffer) => {
      output.err += chunk.toString();
    });
    return { output, exited: once(started, 'close').then(([code]) => code) };
  }

  async function listeningUrl(output: { readonly out: string }): Promise<string> {
    const deadline = Date.now() + startDeadlineMs;
    while (!output.out.includes('\n')) {
      if (Date.now() > deadline) throw new Error(`No line in time: ${output.out}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const line = JSON.parse(output.out.split('\n', 1)[0] ?? '');
    expect(line).toMatchObject({ at: 'listening', service: 'example-upstream' });
    return line.api;
  }

  it('names its address, answers there, and leaves on SIGTERM with live streams open', async () => {
    const { output, exited } = start({ EXAMPLE_UPSTREAM_PORT: '0' });
    const url = await listeningUrl(output);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    const stream = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`${url}${sitePath}/analytics/live`, { headers: identityOf('org_a'), agent: false }, resolve).once(
        'error',
        reject,
      );
    });
    expect(stream.statusCode).toBe(200);
    const ended = once(stream.resume(), 'end');
    child?.kill('SIGTERM');
    await ended;
    expect(await exited).toBe(0);
  }, 30_000);

  it('prints its configuration on demand', async () => {
    const { output, exited } = start({ HOST: '127.0.0.2' }, '--print-config');
    expect(await exited).toBe(0);
    expect(output.out).toBe('EXAMPLE_UPSTREAM_PORT=8082\nHOST=127.0.0.2\nLOG_LEVEL=info\n');
  }, 30_000);

  it('names the variable when a setting is wrong or a port is taken, and exits 1', async () => {
    const wrong = start({ EXAMPLE_UPSTREAM_PORT: 'eighty' });
    expect(await wrong.exited).toBe(1);
    expect(wrong.output.err).toMatch(/^EXAMPLE_UPSTREAM_PORT: must be a port number/);

    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const taken = start({ EXAMPLE_UPSTREAM_PORT: String(port) });
    expect(await taken.exited).toBe(1);
    expect(taken.output.err).toContain(`EXAMPLE_UPSTREAM_PORT: port ${port} on 127.0.0.1 is already in use`);
    other.close();
  }, 30_000);
});

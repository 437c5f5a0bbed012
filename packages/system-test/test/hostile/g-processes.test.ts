import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProcess } from '@engagetrack/test-ground';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

const workspace = fileURLToPath(new URL('../../../../', import.meta.url));
const read = (file: string) => readFileSync(join(workspace, file), 'utf8');
const scripts: Readonly<Record<string, string>> = JSON.parse(read('package.json')).scripts;
const deadlineMs = 30_000;
const secret = 'canary-4e7c0b';
const token = `${secret}-internal-token-of-thirty-two-characters`;
const gatewayEnvironment = {
  HOST: '127.0.0.1',
  GATEWAY_PORT: '0',
  GATEWAY_ADMIN_PORT: '0',
  REDIS_URL: 'redis://127.0.0.1:1',
  KEYS_URL: 'http://127.0.0.1:1',
  KEYS_INTERNAL_URL: 'http://127.0.0.1:1',
  UPSTREAM_URL: 'http://127.0.0.1:1',
  INTERNAL_TOKEN: token,
};

/** Flags and settings that make Node write its memory to a file, or open it to a debugger. */
const lookingIn =
  /--heapsnapshot|--heap-prof|--cpu-prof|--report-|--abort-on|--inspect|--redirect-warnings|NODE_V8_COVERAGE/;

describe('G: a gateway process', () => {
  let child: ChildProcess | undefined;
  afterEach(() => {
    child?.kill('SIGKILL');
  });

  it('G09 starts without core dumps and debugger ports, by hand and in containers', () => {
    for (const name of ['start', 'start:gateway', 'start:keys', 'start:dashboard']) {
      expect([name, scripts[name]]).toEqual([
        name,
        expect.stringMatching(/^ulimit -c 0; exec node --disable-sigusr1 /),
      ]);
      expect([name, scripts[name]]).toEqual([name, expect.not.stringMatching(lookingIn)]);
    }
    const { services } = parse(read('docker-compose.yml'), { merge: true });
    for (const name of ['gateway', 'keys', 'dashboard'])
      expect([name, services[name].ulimits, services[name].command.slice(0, 2)]).toEqual([
        name,
        { core: 0 },
        ['node', '--disable-sigusr1'],
      ]);
    for (const file of ['docker-compose.yml', 'Dockerfile']) expect(read(file)).not.toMatch(lookingIn);
  });

  it('G09 writes its memory to no file, neither on a signal nor when it dies', async () => {
    const before = new Set(readdirSync(workspace));
    // Runs as npm runs it: with the workspace's own Node first.
    const running = spawn('/bin/sh', ['-c', scripts['start:gateway'] ?? ''], {
      cwd: workspace,
      env: { ...gatewayEnvironment, PATH: `${workspace}node_modules/.bin:${process.env.PATH}` },
    });
    child = running;
    let output = '';
    for (const stream of [running.stdout, running.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    await waitFor(() => output.includes('"at":"listening"'), { deadlineMs, what: 'the gateway' });
    const admin = JSON.parse(output.split('\n').find((line) => line.includes('"at":"listening"')) ?? '').admin;
    if (process.platform === 'linux')
      expect(readFileSync(`/proc/${running.pid}/limits`, 'utf8')).toMatch(/^Max core file size\s+0 /m);
    // By default Node opens a debugger on this signal; this process must ignore it.
    running.kill('SIGUSR1');
    expect((await fetch(`${admin}/livez`)).status).toBe(200);
    expect(output).not.toMatch(/Debugger|ws:\/\//);
    const exited = once(running, 'exit');
    running.kill('SIGABRT');
    expect(await exited).toEqual([null, 'SIGABRT']);
    expect(readdirSync(workspace).filter((name) => !before.has(name))).toEqual([]);
  });
});

describe('G: the printed configuration', () => {
  const addresses = [
    ['a user and a password', `//user:${secret}@127.0.0.1:1`],
    ['a password alone', `//:${secret}@127.0.0.1:1`],
    ['a password with odd characters', `//user:p%40ss%2F${secret}@127.0.0.1:1`],
  ] as const;

  it.each(addresses)('G10 masks the database’s and Redis’s addresses: %s', async (_what, rest) => {
    const redis = { REDIS_URL: `redis:${rest}`, INTERNAL_TOKEN: token };
    for (const [main, environment] of [
      ['services/gateway/src/main.ts', { ...gatewayEnvironment, ...redis }],
      ['services/keys/src/main.ts', { ...redis, DATABASE_URL: `postgres:${rest}/engagetrack` }],
    ] as const) {
      const { code, output } = await runProcess({ main, environment, args: ['--print-config'] });
      expect([main, code]).toEqual([main, 0]);
      expect(output).toMatch(/REDIS_URL=redis:\/\/[^\n]*\*{8}@127\.0\.0\.1:1/);
      expect(output).not.toContain(secret);
      expect(output).toContain('INTERNAL_TOKEN=********');
    }
  });

  it('G10 masks values from files, and repeats none of them in an error message', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'engagetrack-config-'));
    try {
      await writeFile(join(folder, 'token'), token);
      await writeFile(join(folder, 'redis'), `redis://user:${secret}@127.0.0.1:1`);
      const { INTERNAL_TOKEN: _token, REDIS_URL: _redis, ...rest } = gatewayEnvironment;
      const files = { INTERNAL_TOKEN_FILE: join(folder, 'token'), REDIS_URL_FILE: join(folder, 'redis') };
      const main = 'services/gateway/src/main.ts';
      const printed = await runProcess({ main, environment: { ...rest, ...files }, args: ['--print-config'] });
      expect([printed.code, printed.output.includes(secret)]).toEqual([0, false]);
      const faulty = await runProcess({
        main,
        environment: {
          ...rest,
          ...files,
          REDIS_URL_FILE: '',
          REDIS_URL: `http://user:${secret}@127.0.0.1`,
          UPSTREAM_URL: `//${secret}`,
        },
      });
      expect(faulty.code).toBe(1);
      expect(faulty.output).toContain('REDIS_URL');
      expect(faulty.output.replace(/UPSTREAM_URL:.*/, '')).not.toContain(secret);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('G10 has no password in the log of a start that fails', async () => {
    const { code, output } = await runProcess({
      main: 'services/keys/src/main.ts',
      environment: {
        REDIS_URL: `redis://user:${secret}@127.0.0.1:1`,
        DATABASE_URL: `postgres://user:${secret}@127.0.0.1:1/engagetrack`,
        INTERNAL_TOKEN: token,
        LOG_LEVEL: 'trace',
      },
    });
    expect(code).toBe(1);
    expect(output).not.toContain(secret);
  });
});

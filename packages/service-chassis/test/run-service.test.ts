import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const runServiceUrl = pathToFileURL(`${import.meta.dirname}/../src/run-service.ts`).href;
const environmentUrl = pathToFileURL(`${import.meta.dirname}/../src/environment.ts`).href;
const startupErrorUrl = pathToFileURL(`${import.meta.dirname}/../src/startup-error.ts`).href;

/** Starts a process with this main file; `timer` keeps it alive as a service would. */
function startProcess(script: string, ...args: readonly string[]): ChildProcess {
  const source = `
    import { runCommand, runService } from '${runServiceUrl}';
    import { environmentFields } from '${environmentUrl}';
    import { StartupError } from '${startupErrorUrl}';
    const spec = { fields: { API_PORT: environmentFields.port(8080), TOKEN: environmentFields.secret(8) }, secrets: ['TOKEN'] };
    const variables = { TOKEN: 'a secret of eight' };
    const timer = setInterval(() => undefined, 60_000);
    ${script}`;
  return spawn(process.execPath, ['--input-type=module', '--conditions=source', '--eval', source, '--', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function outcomeOf(child: ChildProcess) {
  if (child.stdout === null || child.stderr === null) throw new Error('The child has no output');
  const [[code, signal], output, errors] = await Promise.all([
    once(child, 'exit'),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, signal, output, errors };
}

/** Sends a signal each time the child prints this word. */
function signalWhenSaid(child: ChildProcess, word: string, signal: NodeJS.Signals): void {
  child.stdout?.on('data', (chunk: Buffer) => {
    if (chunk.toString().includes(word)) child.kill(signal);
  });
}

describe('runService', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('stops the service on %s and exits 0', async (signal) => {
    const child = startProcess(`
      await runService(spec, variables, async () => ({ stop: async () => console.log('stopped') }));
      console.log('running');`);
    signalWhenSaid(child, 'running', signal);
    expect(await outcomeOf(child)).toEqual({ code: 0, signal: null, output: 'running\nstopped\n', errors: '' });
  });

  it('hands its configuration to the start', async () => {
    const child = startProcess(`
      await runService(spec, { ...variables, API_PORT: '9000' }, async (config) => {
        console.log(config);
        process.exit(0);
      });`);
    expect(await outcomeOf(child)).toMatchObject({
      code: 0,
      output: "{ API_PORT: 9000, TOKEN: 'a secret of eight' }\n",
    });
  });

  it('prints the configuration with --print-config, starts nothing and exits 0', async () => {
    const child = startProcess(
      `await runService(spec, variables, async () => { console.log('started'); });`,
      '--print-config',
    );
    expect(await outcomeOf(child)).toEqual({
      code: 0,
      signal: null,
      output: 'API_PORT=8080\nTOKEN=********\n',
      errors: '',
    });
  });

  it.each([[[]], [['--print-config']]])(
    'names a faulty variable, starts nothing and exits 1, with arguments %j',
    async (args) => {
      const child = startProcess(
        `await runService(spec, { API_PORT: 'x' }, async () => { console.log('started'); });`,
        ...args,
      );
      const { code, output, errors } = await outcomeOf(child);
      expect([code, output]).toEqual([1, '']);
      expect(errors).toMatch(/^API_PORT: must be a port number .*\nTOKEN: is required but not set\n$/);
    },
  );

  it('waits for the stop to finish, and exits at once on a second signal', async () => {
    const child = startProcess(`
      await runService(spec, variables, async () => ({ stop: () => { console.log('stopping'); return new Promise(() => undefined); } }));
      console.log('running');`);
    signalWhenSaid(child, 'running', 'SIGTERM');
    signalWhenSaid(child, 'stopping', 'SIGTERM');
    expect(await outcomeOf(child)).toMatchObject({ code: 130, output: 'running\nstopping\n' });
  });

  it('prints the sentences of a StartupError alone and exits 1', async () => {
    const child = startProcess(`
      await runService(spec, variables, async () => { throw new StartupError('API_PORT: is taken\\nTOKEN: is required but not set'); });`);
    expect(await outcomeOf(child)).toEqual({
      code: 1,
      signal: null,
      output: '',
      errors: 'API_PORT: is taken\nTOKEN: is required but not set\n',
    });
  });

  it('prints any other error with its stack, without credentials, and exits 1', async () => {
    const child = startProcess(`
      await runService(spec, variables, async () => { new URL('postgres://user:hunter2@host:port/db'); });`);
    const { code, errors } = await outcomeOf(child);
    expect(code).toBe(1);
    expect(errors).toMatch(/TypeError: Invalid URL\n\s+at /);
    expect(errors).not.toContain('hunter2');
  });

  it('exits 1 when the stop fails', async () => {
    const child = startProcess(`
      await runService(spec, variables, async () => ({ stop: async () => { throw new Error('cannot stop'); } }));
      console.log('running');`);
    signalWhenSaid(child, 'running', 'SIGTERM');
    const { code, errors } = await outcomeOf(child);
    expect(code).toBe(1);
    expect(errors).toContain('cannot stop');
  });
});

describe('runCommand', () => {
  it('exits 0 when the work is done', async () => {
    const child = startProcess(`
      await runCommand(async () => { console.log('done'); clearInterval(timer); });`);
    expect(await outcomeOf(child)).toMatchObject({ code: 0, output: 'done\n', errors: '' });
  });

  it('exits 1 with the sentences of a StartupError', async () => {
    const child = startProcess(`
      await runCommand(async () => { throw new StartupError('DATABASE_URL: is required but not set'); });`);
    expect(await outcomeOf(child)).toMatchObject({ code: 1, errors: 'DATABASE_URL: is required but not set\n' });
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { listeningAddresses } from '../packages/system-test/src/index.ts';
import type { Cores } from './cores.ts';

const workspace = fileURLToPath(new URL('../', import.meta.url));
const endWithParent = new URL('../packages/system-test/src/processes/end-with-parent.mjs', import.meta.url).href;

export interface ProxyWish {
  readonly name: string;
  /** Below the workspace. */
  readonly main: string;
  /** Beside PATH, the only variables that it sees. */
  readonly environment: Readonly<Record<string, string>>;
  readonly cores: Cores;
  /** For its Node. */
  readonly flags?: readonly string[];
}

/** A proxy to measure, as a process of its own on a core of its own. */
export interface RunningProxy {
  readonly name: string;
  readonly pid: number;
  /** By the names of its `listening` line. */
  readonly addresses: ReadonlyMap<string, string>;
  stop(): Promise<void>;
}

/** What it prints is kept up to here, for its address and for complaints; the rest is read and dropped. */
const outputCharactersMax = 20_000;
const stopDeadlineMs = 10_000;

/** Its log goes through a pipe that is read as fast as it is written, as a container runtime would. */
export async function startProxy({ name, main, environment, cores, flags = [] }: ProxyWish): Promise<RunningProxy> {
  const [command = process.execPath, ...args] = [
    ...cores.proxyPrefix,
    process.execPath,
    '--conditions=source',
    ...flags,
    `--import=${endWithParent}`,
    `${workspace}${main}`,
  ];
  const child = spawn(command, args, {
    cwd: workspace,
    env: { PATH: process.env.PATH ?? '', NODE_ENV: 'production', ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      if (output.length < outputCharactersMax) output += chunk.toString();
    });
  const exited = once(child, 'close').then(() => ({ code: child.exitCode, signal: child.signalCode }));
  const running = {
    pid: child.pid ?? -1,
    output: () => output,
    exited,
    signal: (signal: NodeJS.Signals) => void child.kill(signal),
    stop: async () => {
      child.kill('SIGTERM');
      const deadline = setTimeout(() => child.kill('SIGKILL'), stopDeadlineMs);
      return exited.finally(() => clearTimeout(deadline));
    },
  };
  const addresses = await listeningAddresses(running);
  return { name, pid: running.pid, addresses, stop: async () => void (await running.stop()) };
}

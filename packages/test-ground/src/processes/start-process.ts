import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { waitFor } from '../stores/wait-for.ts';

const workspace = fileURLToPath(new URL('../../../../', import.meta.url));
/** Compiled modules by their content: a process that is started again compiles nothing. */
const compileCache = `${workspace}.cache/compiled`;
const endWithParent = new URL('./end-with-parent.mjs', import.meta.url).href;

export interface ProcessOptions {
  /** The file to run, below the workspace, such as `services/gateway/src/main.ts`. */
  readonly main: string;
  /** The only variables that the process sees, beside PATH and the folder of Node's compile cache. */
  readonly environment: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Flags for Node itself. */
  readonly nodeFlags?: readonly string[] | undefined;
  /** Files and sockets that it may have open; the limit of this process when absent. */
  readonly openFilesMax?: number | undefined;
  /** Bytes of its newest output that are kept; everything when absent. */
  readonly outputBytesMax?: number;
  /** Called with everything that it prints. */
  readonly heard?: HearOutput | undefined;
}

export type HearOutput = (chunk: Buffer, pid: number) => void;

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A real process of the product. Tests reach it by HTTP and signals only. */
export interface RunningProcess {
  readonly pid: number;
  /** Everything that it has printed so far, both streams; only the newest part when `outputBytesMax` was given. */
  output(): string;
  readonly exited: Promise<ProcessExit>;
  hasExited(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** Sends SIGTERM and waits for the exit; sends SIGKILL after a deadline. */
  stop(): Promise<ProcessExit>;
}

const stopDeadlineMs = 60_000;
const readyDeadlineMs = 100_000;

export function startProcess(options: ProcessOptions): RunningProcess {
  const { environment, outputBytesMax = Number.POSITIVE_INFINITY, heard } = options;
  const [command, ...args] = commandLine(options);
  const child = spawn(command, args, {
    cwd: workspace,
    env: { PATH: process.env.PATH ?? '', NODE_COMPILE_CACHE: compileCache, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  let bytes = 0;
  const keep = (chunk: Buffer): void => {
    heard?.(chunk, child.pid ?? -1);
    chunks.push(chunk);
    for (bytes += chunk.length; bytes > outputBytesMax; ) bytes -= chunks.shift()?.length ?? bytes;
  };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', keep);
  const exited = exitOf(child);
  return {
    pid: child.pid ?? -1,
    output: () => Buffer.concat(chunks).toString(),
    exited,
    hasExited: () => child.exitCode !== null || child.signalCode !== null,
    signal: (signal) => void child.kill(signal),
    stop: async () => {
      child.kill('SIGTERM');
      const deadline = setTimeout(() => child.kill('SIGKILL'), stopDeadlineMs);
      return exited.finally(() => clearTimeout(deadline));
    },
  };
}

function commandLine({
  main,
  args = [],
  nodeFlags = [],
  openFilesMax,
}: ProcessOptions): [command: string, ...args: string[]] {
  const node = [
    process.execPath,
    ...nodeFlags,
    '--conditions=source',
    `--import=${endWithParent}`,
    `${workspace}${main}`,
    ...args,
  ];
  // A limit can only be set from within: the shell sets it, and `exec` replaces the shell by the process.
  return openFilesMax === undefined
    ? [process.execPath, ...node.slice(1)]
    : ['/bin/sh', '-c', 'ulimit -n "$0" && exec "$@"', String(openFilesMax), ...node];
}

/** Runs a command or a service that ends by itself. */
export async function runProcess(options: ProcessOptions): Promise<ProcessExit & { readonly output: string }> {
  const running = startProcess(options);
  const deadline = setTimeout(() => running.signal('SIGKILL'), readyDeadlineMs);
  const exit = await running.exited.finally(() => clearTimeout(deadline));
  return { ...exit, output: running.output() };
}

/** The addresses in a service's `listening` log line, once it has printed it. */
export async function listeningAddresses(
  running: Pick<RunningProcess, 'exited' | 'output'>,
): Promise<ReadonlyMap<string, string>> {
  let ended = false;
  running.exited.then(() => {
    ended = true;
  });
  const line = await waitFor(
    () => {
      if (ended) return 'ended';
      return running
        .output()
        .split('\n')
        .find((text) => text.includes('"at":"listening"'));
    },
    { deadlineMs: readyDeadlineMs, what: 'the line that says where a service listens' },
  );
  if (line === 'ended') throw new Error(`The service ended while starting: ${running.output()}`);
  const fields: Record<string, unknown> = JSON.parse(line);
  return new Map(
    Object.entries(fields).flatMap(([name, value]) =>
      typeof value === 'string' && value.startsWith('http://') ? [[name, value] as const] : [],
    ),
  );
}

async function exitOf(child: ChildProcess): Promise<ProcessExit> {
  // `close` comes after both streams have ended, so that nothing printed last is missed.
  await once(child, 'close');
  return { code: child.exitCode, signal: child.signalCode };
}

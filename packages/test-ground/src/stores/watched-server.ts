import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Program, parseWatcherReply, type WatcherRequest, type WatcherTask } from './watcher-messages.ts';

export interface ServerExit {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface SpawnedProgram {
  readonly pid: number;
  /** Resolves when the program has ended, in any way. */
  readonly exited: Promise<ServerExit>;
}

/** Runs programs, one at a time, that end with this process, in a directory that is removed with it. */
export interface WatchedServer {
  spawn(program: Program): Promise<SpawnedProgram>;
  /** Stops the program and all its forks in mid-step: it keeps its port and its connections, and answers nothing. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Resolves when the program has ended. */
  kill(): Promise<void>;
  /** Ends the program, removes the directory and resolves once nothing is left. */
  stop(): Promise<void>;
  /** Everything the programs wrote. */
  log(): string;
  /** The last lines that the programs wrote, for an error message. */
  logTail(): string;
}

const taskDeadlineMs = 15_000;
const logTailCharacters = 2_000;

/** @param directory the caller makes it; it is removed when the server is stopped or this process ends. */
export async function watchServer(directory: string): Promise<WatchedServer> {
  const watcher = startWatcher(directory);
  const logFile = join(directory, 'server.log');
  const pending = new Map<number, { resolve(pid: number | undefined): void; reject(error: Error): void }>();
  const exits = new Map<number, (exit: ServerExit) => void>();
  let tasks = 0;

  watcher.on('message', (message) => {
    const reply = parseWatcherReply(message);
    switch (reply.kind) {
      case 'done':
        return pending.get(reply.id)?.resolve(reply.pid);
      case 'failed':
        return pending.get(reply.id)?.reject(new Error(reply.reason));
      case 'exited':
        exits.get(reply.pid)?.({ code: reply.code, signal: reply.signal });
        exits.delete(reply.pid);
    }
  });
  watcher.on('exit', () => {
    for (const { reject } of pending.values()) reject(new Error('The watcher of the server has ended'));
  });
  await within(once(watcher, 'spawn'), 'start of the watcher');

  return {
    spawn: async (program) => {
      let exit: (exit: ServerExit) => void = () => undefined;
      const exited = new Promise<ServerExit>((resolve) => {
        exit = resolve;
      });
      const pid = await perform({ kind: 'spawn', program, logFile }, (spawned) => exits.set(spawned, exit));
      if (pid === undefined) throw new Error(`${program.command} was not started`);
      return { pid, exited };
    },
    freeze: async () => void (await perform({ kind: 'freeze' })),
    thaw: async () => void (await perform({ kind: 'thaw' })),
    kill: async () => void (await perform({ kind: 'kill' })),
    stop: async () => {
      if (watcher.exitCode !== null || watcher.signalCode !== null) return;
      const ended = once(watcher, 'exit');
      // A clean stop takes the same path as the death of this process, so every test run covers that path.
      if (watcher.connected) watcher.disconnect();
      await within(ended, 'end of the watcher');
    },
    log,
    logTail: () => log().slice(-logTailCharacters).trim(),
  };

  function log(): string {
    return existsSync(logFile) ? readFileSync(logFile, 'utf8') : '';
  }

  /** @param onPid is called before any later message is read, so that no exit can be missed. */
  function perform(task: WatcherTask, onPid?: (pid: number) => void): Promise<number | undefined> {
    tasks += 1;
    const id = tasks;
    const answer = new Promise<number | undefined>((resolve, reject) => {
      pending.set(id, {
        resolve: (pid) => {
          if (pid !== undefined) onPid?.(pid);
          resolve(pid);
        },
        reject,
      });
      const request: WatcherRequest = { id, task };
      watcher.send(request, (error) => {
        if (error !== null) reject(error);
      });
    });
    return within(answer, `${task.kind} of a server`).finally(() => pending.delete(id));
  }
}

function startWatcher(directory: string): ChildProcess {
  // The watcher's file has the same extension as this one: TypeScript in the sources, JavaScript once built.
  const file = fileURLToPath(new URL(`./server-watcher${extname(import.meta.url)}`, import.meta.url));
  const watcher = fork(file, [directory], {
    detached: true,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  // A server that was not stopped keeps no test process from ending; the end of that process stops the server.
  watcher.unref();
  watcher.channel?.unref();
  return watcher;
}

async function within<Value>(work: Promise<Value>, what: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`Waited ${taskDeadlineMs} ms without success for the ${what}`)),
      taskDeadlineMs,
    );
  });
  return Promise.race([work, expired]).finally(() => clearTimeout(timer));
}

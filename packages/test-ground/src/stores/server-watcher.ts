/**
 * A separate process that runs one server for a test process and outlives it by a moment: when the channel to the test
 * process closes (after SIGKILL, too), the server is ended by its id and its directory removed.
 *
 * Argument: the directory. It is started in a session of its own, so a Ctrl-C at the terminal does not reach it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, rmSync } from 'node:fs';
import { freezeTree, killTree, thawTree } from './process-tree.ts';
import { type Program, parseWatcherRequest, type WatcherReply, type WatcherTask } from './watcher-messages.ts';

interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly program: Program;
}

const endDeadlineMs = 5_000;
const removeRetries = 10;

const [, , directory] = process.argv;
if (directory === undefined) throw new Error('The directory to remove in the end must be given');
let running: Running | undefined;

process.on('message', (message) => {
  const { id, task } = parseWatcherRequest(message);
  perform(task).then(
    (pid) => send({ kind: 'done', id, ...(pid === undefined ? {} : { pid }) }),
    (error: unknown) => send({ kind: 'failed', id, reason: String(error) }),
  );
});
process.on('disconnect', finish);
process.on('SIGTERM', finish);

async function perform(task: WatcherTask): Promise<number | undefined> {
  switch (task.kind) {
    case 'spawn':
      return start(task.program, task.logFile);
    case 'freeze':
      if (running !== undefined) freezeTree(running.pid);
      return undefined;
    case 'thaw':
      if (running !== undefined) thawTree(running.pid);
      return undefined;
    case 'kill':
      await end();
      return undefined;
  }
}

async function start(program: Program, logFile: string): Promise<number> {
  if (running !== undefined) throw new Error(`${running.program.command} is still running`);
  const log = openSync(logFile, 'a');
  const child = spawn(program.command, program.args, {
    env: program.environment,
    stdio: ['ignore', log, log],
    cwd: '/',
    ...program.user,
  });
  closeSync(log);
  await once(child, 'spawn');
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program.command} has no process id`);
  running = { child, pid, program };
  child.once('exit', (code, signal) => {
    running = undefined;
    send({ kind: 'exited', pid, code, signal });
  });
  return pid;
}

async function end(): Promise<void> {
  if (running === undefined) return;
  const { child, pid, program } = running;
  const exited = once(child, 'exit');
  const deadline = setTimeout(() => child.kill('SIGKILL'), endDeadlineMs);
  killTree(pid, program.endSignal);
  await exited;
  clearTimeout(deadline);
}

async function finish(): Promise<void> {
  await end();
  rmSync(directory ?? '', { recursive: true, force: true, maxRetries: removeRetries });
  process.exit(0);
}

function send(reply: WatcherReply): void {
  // The test process may have ended by now; the `disconnect` event then stops the server.
  if (process.connected) process.send?.(reply, undefined, undefined, () => undefined);
}

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/**
 * Signals to a server and to the processes it forked, by id. The server is stopped first: a stopped parent neither
 * forks nor reaps, so the ids of its children stay theirs while they are looked up.
 */
export function freezeTree(root: number): void {
  signal(root, 'SIGSTOP');
  const frozen = new Set<number>();
  // Repeats until no new child shows up: a fork may have been under way when the signal came.
  for (let found = childrenOf(root); found.some((pid) => !frozen.has(pid)); found = childrenOf(root)) {
    for (const pid of found) {
      signal(pid, 'SIGSTOP');
      frozen.add(pid);
    }
  }
}

export function thawTree(root: number): void {
  for (const pid of childrenOf(root)) signal(pid, 'SIGCONT');
  signal(root, 'SIGCONT');
}

/** @param rootSignal ends the server itself; the children always get SIGKILL. */
export function killTree(root: number, rootSignal: NodeJS.Signals): void {
  freezeTree(root);
  for (const pid of childrenOf(root)) signal(pid, 'SIGKILL');
  signal(root, rootSignal);
  signal(root, 'SIGCONT');
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // The process has ended in the meantime, as intended, or its parent will report the fault.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function childrenOf(parent: number): number[] {
  const rows = existsSync('/proc/self/stat') ? rowsFromProc() : rowsFromPs();
  return rows.filter((row) => row.parent === parent).map((row) => row.pid);
}

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
}

function rowsFromProc(): ProcessRow[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        // `pid (command) state parent …`; the command may itself contain blanks and brackets.
        const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return [{ pid: Number(name), parent: Number(parent) }];
      } catch {
        return []; // The process ended while the list was read.
      }
    });
}

function rowsFromPs(): ProcessRow[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8', timeout: 5_000 })
    .trim()
    .split('\n')
    .map((line) => {
      const [pid, parent] = line.trim().split(/\s+/);
      return { pid: Number(pid), parent: Number(parent) };
    });
}

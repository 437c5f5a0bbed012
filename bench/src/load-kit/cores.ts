import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** The core of each process: the measured process has one alone, all others have another. */
export interface Cores {
  readonly says: string;
  /** Puts the measured process on its core. */
  pinMeasured(pid: number): void;
}

export interface CoresOptions {
  /** A text for people that names the processes on the other core. */
  readonly others: string;
  /** Whether this run has priority over all other work of the machine, as far as the system allows it. */
  readonly goesFirst?: boolean;
}

const commandDeadlineMs = 5_000;
/** Nice values (setpriority(2)), -20 to 19: the lower, the earlier a process gets its core. */
const measuredPriority = -10;
const othersPriority = -5;

/** Puts this process, and every process that it starts later, on one core. */
export function chooseCores({ others, goesFirst = false }: CoresOptions): Cores {
  const isFirst = goesFirst && raise(process.pid, othersPriority);
  const order = goesFirst && !isFirst ? ', beside all other work of this machine (no right to go first)' : '';
  const [othersCore, measuredCore] = allowedCores();
  if (othersCore === undefined || measuredCore === undefined || !pin(process.pid, othersCore))
    return { says: `NOT pinned: this needs two cores and taskset${order}`, pinMeasured: () => undefined };
  return {
    says: `measured: core ${measuredCore}; ${others}: core ${othersCore}${order}`,
    pinMeasured: (pid) => {
      pin(pid, measuredCore);
      if (isFirst) raise(pid, measuredPriority);
    },
  };
}

function raise(pid: number, priority: number): boolean {
  try {
    setPriority(pid, priority);
    // A kernel with autogroups counts a priority within its session only, and a session has its own priority.
    const session = `/proc/${pid}/autogroup`;
    if (existsSync(session)) writeFileSync(session, String(priority));
    return true;
  } catch {
    return false;
  }
}

/** Puts all threads of the process on the core. */
function pin(pid: number, core: number): boolean {
  return (
    spawnSync('taskset', ['-a', '-p', '-c', String(core), String(pid)], { timeout: commandDeadlineMs }).status === 0
  );
}

/** The cores that this process may use; `0-3,8` in the kernel's notation. */
function allowedCores(): readonly number[] {
  if (!existsSync('/proc/self/status')) return [];
  const [, list] = /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return (list ?? '').split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

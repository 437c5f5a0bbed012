import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Where what runs, and before whom: the gateway alone on one core, everything else on another. */
export interface Cores {
  readonly says: string;
  /** Puts the gateway on its core. */
  pinGateway(pid: number): void;
}

const commandDeadlineMs = 5_000;
/** Before whatever else runs on this machine, as far as that is allowed: it is the gateway that is to be measured. */
const gatewayPriority = -10;
const restPriority = -5;

/** Puts this process, and with it everything it starts later, on one core. */
export function chooseCores(): Cores {
  const isFirst = raise(process.pid, restPriority);
  const order = isFirst ? '' : ', beside whatever else runs here (no right to go first)';
  const [restCore, gatewayCore] = allowedCores();
  if (restCore === undefined || gatewayCore === undefined || !pin(process.pid, restCore))
    return { says: `NOT pinned: this needs two cores and taskset${order}`, pinGateway: () => undefined };
  return {
    says: `gateway on core ${gatewayCore}; callers, attackers (at the lowest priority), upstream, Redis, Postgres and key service on core ${restCore}${order}`,
    pinGateway: (pid) => {
      pin(pid, gatewayCore);
      raise(pid, gatewayPriority);
    },
  };
}

function raise(pid: number, priority: number): boolean {
  try {
    setPriority(pid, priority);
    // Where the kernel shares a core out by sessions, a priority counts within its session only, and a session has its own.
    const session = `/proc/${pid}/autogroup`;
    if (existsSync(session)) writeFileSync(session, String(priority));
    return true;
  } catch {
    return false;
  }
}

/** With all of its threads. */
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

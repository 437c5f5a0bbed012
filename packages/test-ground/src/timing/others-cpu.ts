import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** USER_HZ, the unit of times in /proc: 100 a second on every architecture that Node runs on (proc(5)). */
const ticksPerSecond = 100;

/**
 * The share of the machine's cores that other work takes from now on: all computing of the machine, less that of this
 * run and of every process it started.
 * @returns a function that gives the number of cores on average; undefined where the system keeps no such accounts.
 */
export function othersCpuSince(): () => number | undefined {
  if (!existsSync('/proc/stat')) return () => undefined;
  const before = { machine: machineTicks(), own: ownTicks(), atMs: performance.now() };
  return () => {
    const ticks = machineTicks() - before.machine - (ownTicks() - before.own);
    return Math.max(0, ticks / ticksPerSecond / ((performance.now() - before.atMs) / 1_000));
  };
}

/** Ticks that all cores have computed since the start of the system, and ticks that a hypervisor took from them. */
function machineTicks(): number {
  // `cpu  user nice system idle iowait irq softirq steal guest guest_nice`; guest times are part of user and nice.
  const [, ...fields] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').trim().split(/\s+/).map(Number);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = fields;
  return user + nice + system + irq + softirq + steal;
}

interface Account {
  readonly parent: number;
  /** Its own ticks, and those of children that ended and were waited for. */
  readonly ticks: number;
}

/** Ticks that this run has computed: those of the process that runs the tests, and of all it started. */
function ownTicks(): number {
  const accounts = new Map(readAccounts());
  // In a worker of jest, the stores are children of the process that started the worker.
  const root = process.send === undefined ? process.pid : process.ppid;
  const belongs = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = accounts.get(at)?.parent)
      if (at === root) return true;
    return false;
  };
  return [...accounts].reduce((sum, [pid, { ticks }]) => sum + (belongs(pid) ? ticks : 0), 0);
}

function readAccounts(): [pid: number, account: Account][] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name): [number, Account][] => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        // `pid (command) state parent …`; the command may itself contain blanks and brackets. Times are fields 14 to 17.
        const fields = stat
          .slice(stat.lastIndexOf(')') + 2)
          .split(' ')
          .map(Number);
        const [, parent = 0] = fields;
        return [[Number(name), { parent, ticks: fields.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0) }]];
      } catch {
        return []; // The process ended while the list was read.
      }
    });
}

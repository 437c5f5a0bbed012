import { existsSync, readFileSync } from 'node:fs';

/** What the operating system has booked for one process, all of its threads together. */
export interface ProcessAccount {
  /** User and system time since its start, microseconds. */
  readonly cpuUs: number;
  readonly residentBytes: number;
}

/** USER_HZ, the unit of times in /proc: 100 a second on every architecture that Node runs on (proc(5)). */
const microsecondsPerTick = 10_000;

export function canReadAccounts(): boolean {
  return existsSync('/proc/self/stat');
}

/** Reads synchronously, so that the caller's own counters belong to the same moment. */
export function readAccount(pid: number): ProcessAccount {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // `pid (command) state …`; the command may itself contain blanks and brackets. Times are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [userTicks, systemTicks] = [Number(fields[11]), Number(fields[12])];
  const [, residentKib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return { cpuUs: (userTicks + systemTicks) * microsecondsPerTick, residentBytes: Number(residentKib) * 1024 };
}

import { existsSync, readFileSync } from 'node:fs';

/** The resources that the operating system has counted for one process, all of its threads together. */
export interface ProcessAccount {
  /** Microseconds of user and system time since its start. */
  readonly cpuUs: number;
  readonly residentBytes: number;
}

/** USER_HZ, the unit of times in /proc: 100 a second on every architecture that Node runs on (proc(5)). */
const microsecondsPerTick = 10_000;
/** Milliseconds between two samples of a watched process's memory. A peak between two samples is missed. */
const samplesEveryMs = 100;

export function canReadAccounts(): boolean {
  return existsSync('/proc/self/stat');
}

/** Bytes of memory that a process holds now. */
export function residentBytes(pid: number): number {
  const [, residentKib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(residentKib) * 1024;
}

/** Reads synchronously, so that the caller's own counters belong to the same moment. */
export function readAccount(pid: number): ProcessAccount {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // `pid (command) state …`; the command may itself contain blanks and brackets. Times are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [userTicks, systemTicks] = [Number(fields[11]), Number(fields[12])];
  return { cpuUs: (userTicks + systemTicks) * microsecondsPerTick, residentBytes: residentBytes(pid) };
}

/** Bytes: the most that the process holds until the returned function is called. */
export function watchResidentBytes(pid: number): () => number {
  let most = residentBytes(pid);
  const sample = (): void => {
    most = Math.max(most, residentBytes(pid));
  };
  const timer = setInterval(sample, samplesEveryMs);
  return () => {
    clearInterval(timer);
    sample();
    return most;
  };
}

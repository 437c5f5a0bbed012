import { readFileSync } from 'node:fs';

/** USER_HZ, the unit of times in /proc: 100 a second on every architecture that Node runs on (proc(5)). */
const ticksPerSecond = 100;

const samplesEveryMs = 100;

/** What a process holds in memory now, bytes. */
export function residentBytes(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}

/** Seconds that a process has computed since its start, by itself and in the kernel. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // `pid (command) state …`; the command may itself contain blanks and brackets. Times are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The most that it holds until the returned function is called, bytes. */
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

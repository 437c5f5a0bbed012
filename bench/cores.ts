import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Where what runs: the proxy that is measured alone on one core, everything else on another. */
export interface Cores {
  /** What to put in front of a proxy's command line; empty where nothing can be pinned. */
  readonly proxyPrefix: readonly string[];
  readonly says: string;
}

const commandDeadlineMs = 5_000;

/** Puts this process, and with it everything it starts later, on one core; a proxy is started with a prefix of its own. */
export function chooseCores(): Cores {
  const [restCore, proxyCore] = allowedCores();
  if (restCore === undefined || proxyCore === undefined)
    return { proxyPrefix: [], says: 'NOT pinned: fewer than two cores' };
  const pinned = spawnSync('taskset', ['-a', '-p', '-c', String(restCore), String(process.pid)], {
    timeout: commandDeadlineMs,
  });
  if (pinned.status !== 0) return { proxyPrefix: [], says: 'NOT pinned: there is no taskset here' };
  return {
    proxyPrefix: ['taskset', '-c', String(proxyCore)],
    says: `proxy on core ${proxyCore}; load generator, upstream, Redis, Postgres and key service on core ${restCore}`,
  };
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

import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '@engagetrack/service-chassis';

/**
 * Makes sure that one process at a time has the embedded database open: it has no lock of its own, and two writers
 * would destroy it. The lock is a file with the process's id and start time, which tell a held lock from one that a
 * killed process left.
 * @returns a function that releases the lock.
 * @throws StartupError while another process holds it.
 */
export function lockDataFolder(dataFolder: string): () => void {
  const file = join(dataFolder, 'lock');
  const mine = `${process.pid} ${startTimeOf(process.pid) ?? ''}`;
  if (!take(file, mine) && !(removeStale(file) && take(file, mine))) {
    const [pid = 'unknown'] = holderOf(file)?.split(' ') ?? [];
    throw new StartupError(
      `DATA_DIR: ${dataFolder} is in use by the running process ${pid}; stop it, or set DATA_DIR to another folder`,
    );
  }
  return () => {
    if (holderOf(file) === mine) unlinkSync(file);
  };
}

/** @returns false if the file exists. */
function take(file: string, mine: string): boolean {
  try {
    writeFileSync(file, mine, { flag: 'wx' });
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw new StartupError(`DATA_DIR: cannot write ${file}; name a folder that this user may write to`);
  }
}

function removeStale(file: string): boolean {
  const holder = holderOf(file);
  if (holder !== undefined && isRunning(holder)) return false;
  try {
    unlinkSync(file);
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
  return true;
}

function holderOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function isRunning(holder: string): boolean {
  const [pidText = '', ...rest] = holder.split(' ');
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return isCode(error, 'EPERM');
  }
  return rest.join(' ') === (startTimeOf(pid) ?? '');
}

/** Linux only. Tells a process from a later one with the same id. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Field 22 of proc_pid_stat(5); the command in field 2 may hold blanks and parentheses.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

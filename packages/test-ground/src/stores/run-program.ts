import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export interface RunOptions {
  readonly deadlineMs: number;
  readonly directory?: string;
}

/** The program's standard output. Rejects when the program fails, and kills it when the deadline has passed. */
export async function runProgram(
  command: string,
  args: readonly string[],
  { deadlineMs, directory }: RunOptions,
): Promise<string> {
  const { stdout } = await execute(command, args, {
    timeout: deadlineMs,
    killSignal: 'SIGKILL',
    env: { ...process.env, LC_ALL: 'C' },
    ...(directory === undefined ? {} : { cwd: directory }),
  });
  return stdout;
}

/** The file that a shell would run for this name. */
export function findOnPath(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

import { inspect } from 'node:util';
import { maskCredentials } from './mask.ts';
import { StartupError } from './startup-error.ts';

export interface RunningService {
  /** Answers what is in progress, closes every connection and resolves. */
  stop(): Promise<void>;
}

/**
 * Runs a service as this process: starts it, stops it on SIGTERM or SIGINT and exits 0; a second signal exits at once.
 * What an operator can put right is printed as its sentence alone, and the exit code is 1.
 */
export async function runService(start: () => Promise<RunningService>): Promise<void> {
  const service = await start().catch((error: unknown) => fail(error));
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(130);
    stopping = true;
    service.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function fail(error: unknown): never {
  // Errors of URL parsing carry the URL they could not parse, password included.
  console.error(maskCredentials(error instanceof StartupError ? error.message : inspect(error)));
  process.exit(1);
}

/** Runs a command as this process: exits 0 when it is done, and 1 with the sentence of what an operator can put right. */
export async function runCommand(work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => fail(error));
}

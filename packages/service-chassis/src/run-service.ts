import { inspect } from 'node:util';
import type { z } from 'zod';
import {
  type Configuration,
  type Environment,
  type EnvironmentSpec,
  printConfig,
  readEnvironment,
} from './environment.ts';
import { maskCredentials } from './mask.ts';
import { StartupError } from './startup-error.ts';

export interface RunningService {
  /** Answers the requests in progress, closes every connection and resolves. */
  stop(): Promise<void>;
}

/**
 * Runs a service as this process: reads its variables, starts it, stops it on SIGTERM or SIGINT and exits 0; a second
 * signal exits at once. With `--print-config` among the arguments it prints the configuration instead and exits 0.
 *
 * A StartupError, whether of a faulty variable or thrown by `start`, is printed as its sentences alone; any other error
 * is printed with its stack. Both exit 1.
 * @param variables the environment of the process, which only a main file reads.
 */
export async function runService<Fields extends z.ZodRawShape>(
  spec: EnvironmentSpec<Fields>,
  variables: Environment,
  start: (config: Configuration<Fields>) => Promise<RunningService>,
): Promise<void> {
  const service = await configureAndStart().catch((error: unknown) => fail(error));
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

  async function configureAndStart(): Promise<RunningService> {
    const config = readEnvironment(spec, variables);
    if (process.argv.includes('--print-config')) {
      console.log(printConfig(spec, config));
      process.exit(0);
    }
    return start(config);
  }
}

function fail(error: unknown): never {
  // Errors of URL parsing quote the URL, password included.
  console.error(maskCredentials(error instanceof StartupError ? error.message : inspect(error)));
  process.exit(1);
}

/** Runs a command as this process: exits 0 when it is done, and 1 with the sentences of a StartupError. */
export async function runCommand(work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => fail(error));
}

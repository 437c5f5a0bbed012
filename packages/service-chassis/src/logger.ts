import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import { maskCredentials } from './mask.ts';
import { createStandardOutput, type StandardOutput } from './standard-output.ts';

export type { Logger } from 'pino';

export interface LoggerOptions {
  readonly service: string;
  readonly level: string;
  /** The destination of lines; standard output when absent. */
  readonly stream?: DestinationStream;
}

/**
 * Writes JSON lines in which `at` names the event. Guarantee: no API key, session token, hash or URL password leaves
 * through a log line, in any field, message or stack.
 */
export function createLogger({ service, level, stream }: LoggerOptions): Logger {
  const log = pino(
    {
      level,
      base: { service },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: maskCredentials },
    },
    stream ?? standardOutputOnce(),
  );
  if (standardOutput !== undefined) standardOutput.onLost ??= (lines) => log.error({ at: 'log_lines_lost', lines });
  return log;
}

/** One for all loggers of the process, so that their lines keep their order. */
let standardOutput: StandardOutput | undefined;

function standardOutputOnce(): StandardOutput {
  standardOutput ??= createStandardOutput();
  return standardOutput;
}

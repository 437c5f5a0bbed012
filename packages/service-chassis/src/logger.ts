import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import { maskCredentials } from './mask.ts';
import { createStandardOutput } from './standard-output.ts';

export type { Logger } from 'pino';

export interface LoggerOptions {
  readonly service: string;
  readonly level: string;
  /** Where lines go; standard output when absent. */
  readonly stream?: DestinationStream;
}

/**
 * JSON lines with `at` naming the event. Guarantee: no API key, session token, hash or URL password leaves through a
 * log line, whichever field, message or stack it stands in.
 */
export function createLogger({ service, level, stream }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: { service },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: maskCredentials },
    },
    stream ?? standardOutputOnce(),
  );
}

/** One for all loggers of the process: their lines come in their order. */
let standardOutput: DestinationStream | undefined;

function standardOutputOnce(): DestinationStream {
  standardOutput ??= createStandardOutput();
  return standardOutput;
}

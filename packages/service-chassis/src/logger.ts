import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';
import { maskCredentials } from './mask.ts';

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
    stream ?? createStandardOutput(),
  );
}

/** Lines are written together: each write costs the process, and whoever reads it, more than a line does. */
const lineDelayMs = 10;
const bytesWrittenAtOnce = 8 * 1024;

/** Written beside the event loop, and to the last line also when the process ends by an exit or an error. */
function createStandardOutput(): DestinationStream {
  const output = destination({ dest: 1, sync: false, minLength: bytesWrittenAtOnce });
  let isFlushAhead = false;
  const flush = (): void => {
    isFlushAhead = false;
    output.flush();
  };
  return {
    write: (line) => {
      output.write(line);
      if (isFlushAhead) return;
      isFlushAhead = true;
      setTimeout(flush, lineDelayMs).unref();
    },
  };
}

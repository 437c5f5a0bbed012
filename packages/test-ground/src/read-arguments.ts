import { type ParseArgsConfig, parseArgs } from 'node:util';

/** The options of a command. On an unknown option the process prints the mistake and the usage, and ends. */
export function readArguments<const Config extends ParseArgsConfig>(
  config: Config,
  usage: string,
): ReturnType<typeof parseArgs<Config>>['values'] {
  return orRefuse(() => parseArgs(config).values, usage);
}

/**
 * The value that an argument stands for. Where `read` throws, the process prints the mistake and the usage, and ends.
 */
export function orRefuse<Meaning>(read: () => Meaning, usage: string): Meaning {
  try {
    return read();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    console.error(usage);
    process.exit(2);
  }
}

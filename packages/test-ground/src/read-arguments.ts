import { type ParseArgsConfig, parseArgs } from 'node:util';

/** The options of a command; with one that it does not have, the process ends with what is wrong and the usage. */
export function readArguments<const Config extends ParseArgsConfig>(
  config: Config,
  usage: string,
): ReturnType<typeof parseArgs<Config>>['values'] {
  return orRefuse(() => parseArgs(config).values, usage);
}

/** What an argument means; where it means nothing, the process ends with what is wrong and the usage. */
export function orRefuse<Meaning>(read: () => Meaning, usage: string): Meaning {
  try {
    return read();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    console.error(usage);
    process.exit(2);
  }
}

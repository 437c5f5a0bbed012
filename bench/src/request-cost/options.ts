import { parseArgs } from 'node:util';

export interface Options {
  /** Interleaved rounds at saturation. */
  readonly rounds: number;
  /** Seconds of measuring in every round and for each proxy. */
  readonly seconds: number;
  /** Print one JSON object instead of a table. */
  readonly json: boolean;
  /** Flags for the Node of the gateway alone, behind those of `start:gateway`, such as `--max-semi-space-size=64`. */
  readonly gatewayFlags: readonly string[];
}

const roundsMax = 100;
const secondsMax = 60;

export const usage = `npm run bench -- [--rounds N] [--seconds N] [--json] [--gateway-flags="F …"]
  --rounds N   interleaved rounds at saturation, 1 to ${roundsMax} (default 7; fewer than 5 say little)
  --seconds N  seconds measured in every round and for each proxy, 1 to ${secondsMax} (default 4)
  --json       one JSON object on standard output instead of a table
  --gateway-flags="F …"  more flags for the gateway's Node: --max-semi-space-size=64, --cpu-prof`;

/** @returns the options, or a sentence about the mistake where the arguments are not those of {@link usage}. */
export function parseOptions(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        rounds: { type: 'string', default: '7' },
        seconds: { type: 'string', default: '4' },
        json: { type: 'boolean', default: false },
        'gateway-flags': { type: 'string', default: '' },
      },
    });
    const rounds = wholeNumber(values.rounds, roundsMax);
    const seconds = wholeNumber(values.seconds, secondsMax);
    if (rounds === undefined) return `--rounds must be a whole number from 1 to ${roundsMax}`;
    if (seconds === undefined) return `--seconds must be a whole number from 1 to ${secondsMax}`;
    return { rounds, seconds, json: values.json, gatewayFlags: values['gateway-flags'].split(' ').filter(Boolean) };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function wholeNumber(text: string, max: number): number | undefined {
  const value = Number(text);
  return /^\d+$/.test(text) && value >= 1 && value <= max ? value : undefined;
}

import { parseArgs } from 'node:util';

export interface Options {
  /** Interleaved rounds at saturation. */
  readonly rounds: number;
  /** Seconds of measuring in every round and for each proxy. */
  readonly seconds: number;
  /** Milliseconds of load before the first round, for each proxy. */
  readonly warmUpMs: number;
  /** Print one JSON object instead of a table. */
  readonly json: boolean;
  /** Flags for the Node of the gateway alone, behind those of `start:gateway`, such as `--max-semi-space-size=64`. */
  readonly gatewayFlags: readonly string[];
}

/** A run takes less than two minutes with the second. */
const usual = { rounds: '7', seconds: '4', warmUpMs: 7_000 };
const quick = { rounds: '4', seconds: '2', warmUpMs: 4_000 };
const roundsMax = 100;
const secondsMax = 60;

export const usage = `npm run bench -- [--quick] [--rounds N] [--seconds N] [--json] [--gateway-flags="F …"]
  --quick      fewer and shorter rounds, under two minutes
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
        quick: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        json: { type: 'boolean', default: false },
        'gateway-flags': { type: 'string', default: '' },
      },
    });
    const shape = values.quick ? quick : usual;
    const rounds = wholeNumber(values.rounds ?? shape.rounds, roundsMax);
    const seconds = wholeNumber(values.seconds ?? shape.seconds, secondsMax);
    if (rounds === undefined) return `--rounds must be a whole number from 1 to ${roundsMax}`;
    if (seconds === undefined) return `--seconds must be a whole number from 1 to ${secondsMax}`;
    const gatewayFlags = values['gateway-flags'].split(' ').filter(Boolean);
    return { rounds, seconds, warmUpMs: shape.warmUpMs, json: values.json, gatewayFlags };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function wholeNumber(text: string, max: number): number | undefined {
  const value = Number(text);
  return /^\d+$/.test(text) && value >= 1 && value <= max ? value : undefined;
}

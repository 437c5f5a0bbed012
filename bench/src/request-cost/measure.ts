import { readGarbage } from '@engagetrack/test-ground';
import { spreadOf } from '../load-kit/statistics.ts';
import { authorityShare, readDecisionCounts } from './decision-counts.ts';
import type { LoadResult } from './load-messages.ts';
import type { Options } from './options.ts';
import type { RunningProxy } from './start-proxy.ts';
import type { Testbed } from './start-testbed.ts';

/** A round of one proxy. */
export interface Round extends LoadResult {
  /** Bytes allocated for each request; undefined when too few collections ran to tell. */
  readonly allocatedBytes: number | undefined;
  /** Bytes of each request that grew old, where only a full collection frees them. */
  readonly grownOldBytes: number | undefined;
}

/** The rounds of each proxy by its name, in the order of the table. */
export type Rounds = ReadonlyMap<string, readonly Round[]>;

export interface Measurement {
  readonly saturation: Rounds;
  readonly fixedRate: Rounds;
  /** The rate of the rounds with a fixed rate. */
  readonly requestsPerSecond: number;
}

const leadInMs = 1_000;
const fixedRateRounds = 3;
/** Young collections. With fewer in a round its garbage is not told. */
const youngCollectionsMin = 5;
/**
 * Share of admissions, from 0 to 1. A round in which the authority vouched for more keys has measured another job, and
 * is repeated.
 */
const authorityShareMax = 0.01;
const triesPerRound = 3;
/** Share of the slowest proxy's median rate at saturation; every proxy gets this rate. */
const fixedRateShare = 1 / 3;

/** @param say prints every step. */
export async function measure(
  testbed: Testbed,
  { rounds, seconds, warmUpMs }: Options,
  say: (text: string) => void,
): Promise<Measurement> {
  const { gateway, passThrough, undiciPassThrough, sameJob } = testbed;
  const proxies = [passThrough, undiciPassThrough, sameJob, gateway];
  const measureMs = seconds * 1_000;
  for (const proxy of proxies) {
    say(`warming up ${proxy.name} for ${warmUpMs / 1_000} s`);
    await applyTo(proxy, { leadInMs: 0, measureMs: warmUpMs });
  }

  const saturation = await interleave(rounds, (proxy) => applyTo(proxy, { leadInMs, measureMs }), 'saturation');
  const slowest = Math.min(...[...saturation.values()].map((each) => spreadOf(each.map(rate)).median));
  const requestsPerSecond = Math.max(1, Math.round(slowest * fixedRateShare));
  const fixedRate = await interleave(
    fixedRateRounds,
    (proxy) => applyTo(proxy, { leadInMs, measureMs, requestsPerSecond }),
    `${requestsPerSecond} requests/s`,
  );
  return { saturation, fixedRate, requestsPerSecond };

  async function applyTo(
    proxy: RunningProxy,
    shape: { readonly leadInMs: number; readonly measureMs: number; readonly requestsPerSecond?: number },
  ): Promise<Round> {
    const { path, keys, load } = testbed;
    const port = Number(new URL(proxy.addresses.get('api') ?? '').port);
    proxy.takeCollections();
    const result = await load.apply({ ...shape, port, path, keys, pid: proxy.pid }).catch((error: unknown) => {
      throw new Error(`${proxy.name}: ${error instanceof Error ? error.message : error}`);
    });
    const { young, allocatedBytes, grownOldBytes } = readGarbage(proxy.takeCollections());
    // The lead-in allocates at the same rate.
    const requests = (result.requests * (shape.leadInMs + shape.measureMs)) / shape.measureMs;
    const isTold = young >= youngCollectionsMin;
    return {
      ...result,
      allocatedBytes: isTold ? allocatedBytes / requests : undefined,
      grownOldBytes: isTold ? grownOldBytes / requests : undefined,
    };
  }

  /** A B C, C B A, A B C …: a drift during the run affects all alike. */
  async function interleave(
    count: number,
    apply: (proxy: RunningProxy) => Promise<Round>,
    what: string,
  ): Promise<Rounds> {
    const results = new Map<string, Round[]>(proxies.map(({ name }) => [name, []]));
    for (let round = 1, tries = 1; round <= count; tries += 1) {
      const before = await readDecisionCounts(gateway.addresses);
      const ofRound = new Map<string, Round>();
      for (const proxy of round % 2 === 1 ? proxies : proxies.toReversed()) ofRound.set(proxy.name, await apply(proxy));
      for (const [name, result] of ofRound) say(`${what}, round ${round} of ${count}: ${name}: ${describe(result)}`);
      const share = authorityShare(before, await readDecisionCounts(gateway.addresses));
      if (share > authorityShareMax) {
        say(
          `round ${round} again: Redis was so late that the key service had to be asked about ${percent(share)} of the keys`,
        );
        if (tries >= count * triesPerRound)
          throw new Error(
            'Redis gets too little of this machine: the gateway keeps working without it, which is another job',
          );
        continue;
      }
      for (const [name, result] of ofRound) results.get(name)?.push(result);
      round += 1;
    }
    return results;
  }
}

function describe(result: Round): string {
  const busy = result.cpuUs / result.wallMs / 1_000;
  return `${cpuPerRequest(result).toFixed(0)} µs a request, ${rate(result).toFixed(0)} requests/s, core busy ${percent(busy)}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

/** Microseconds. */
export function cpuPerRequest({ cpuUs, requests }: LoadResult): number {
  return cpuUs / requests;
}

/** Requests per second. */
export function rate({ requests, wallMs }: LoadResult): number {
  return (requests * 1_000) / wallMs;
}

import { spreadOf } from '../load-kit/statistics.ts';
import { authorityShare, readDecisionCounts } from './decision-counts.ts';
import type { LoadResult } from './load-messages.ts';
import type { Options } from './options.ts';
import type { RunningProxy } from './start-proxy.ts';
import type { Testbed } from './start-testbed.ts';

/** The results of one proxy, one for each round. */
export interface Rounds {
  readonly gateway: readonly LoadResult[];
  readonly passThrough: readonly LoadResult[];
}

export interface Measurement {
  readonly saturation: Rounds;
  readonly fixedRate: Rounds;
  /** The rate of the rounds with a fixed rate. */
  readonly requestsPerSecond: number;
}

const warmUpMs = 7_000;
const leadInMs = 1_000;
const fixedRateRounds = 3;
/**
 * Share of admissions, from 0 to 1. A round in which the authority vouched for more keys has measured another job, and
 * is repeated.
 */
const authorityShareMax = 0.01;
const triesPerRound = 3;
/** Share of the slower proxy's median rate at saturation; both proxies get this rate. */
const fixedRateShare = 1 / 3;

/** @param say prints every step. */
export async function measure(
  testbed: Testbed,
  { rounds, seconds }: Options,
  say: (text: string) => void,
): Promise<Measurement> {
  const { gateway, passThrough } = testbed;
  const measureMs = seconds * 1_000;
  for (const proxy of [gateway, passThrough]) {
    say(`warming up the ${proxy.name} for ${warmUpMs / 1_000} s`);
    await applyTo(proxy, { leadInMs: 0, measureMs: warmUpMs });
  }

  const saturation = await interleave(rounds, (proxy) => applyTo(proxy, { leadInMs, measureMs }), 'saturation');
  const slower = Math.min(
    ...[saturation.gateway, saturation.passThrough].map((each) => spreadOf(each.map(rate)).median),
  );
  const requestsPerSecond = Math.max(1, Math.round(slower * fixedRateShare));
  const fixedRate = await interleave(
    fixedRateRounds,
    (proxy) => applyTo(proxy, { leadInMs, measureMs, requestsPerSecond }),
    `${requestsPerSecond} requests/s`,
  );
  return { saturation, fixedRate, requestsPerSecond };

  function applyTo(
    proxy: RunningProxy,
    shape: { readonly leadInMs: number; readonly measureMs: number; readonly requestsPerSecond?: number },
  ): Promise<LoadResult> {
    const { path, keys, load } = testbed;
    const port = Number(new URL(proxy.addresses.get('api') ?? '').port);
    return load.apply({ ...shape, port, path, keys, pid: proxy.pid }).catch((error: unknown) => {
      throw new Error(`${proxy.name}: ${error instanceof Error ? error.message : error}`);
    });
  }

  /** A B, B A, A B …: a drift during the run affects both alike. */
  async function interleave(
    count: number,
    apply: (proxy: RunningProxy) => Promise<LoadResult>,
    what: string,
  ): Promise<Rounds> {
    const gatewayResults: LoadResult[] = [];
    const passThroughResults: LoadResult[] = [];
    for (let tries = 1; gatewayResults.length < count; tries += 1) {
      const round = gatewayResults.length + 1;
      const before = await readDecisionCounts(gateway.addresses);
      const { ofGateway, ofPassThrough } = await measureRound(round % 2 === 1, apply);
      say(
        `${what}, round ${round} of ${count}: gateway ${describe(ofGateway)}; pass-through ${describe(ofPassThrough)}`,
      );
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
      gatewayResults.push(ofGateway);
      passThroughResults.push(ofPassThrough);
    }
    return { gateway: gatewayResults, passThrough: passThroughResults };
  }

  async function measureRound(gatewayFirst: boolean, apply: (proxy: RunningProxy) => Promise<LoadResult>) {
    if (gatewayFirst) {
      const ofGateway = await apply(gateway);
      return { ofGateway, ofPassThrough: await apply(passThrough) };
    }
    const ofPassThrough = await apply(passThrough);
    return { ofGateway: await apply(gateway), ofPassThrough };
  }
}

function describe(result: LoadResult): string {
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

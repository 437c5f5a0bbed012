import { addressIn } from './start-testbed.ts';

/** Admissions since the gateway's start, by the store that vouched for the key. */
export interface DecisionCounts {
  readonly store: number;
  /** Redis did not answer in time, so the key service decided: safe, but not the measured job. */
  readonly authority: number;
}

const answerDeadlineMs = 10_000;

/** Reads the gateway's own metrics. */
export async function readDecisionCounts(addresses: ReadonlyMap<string, string>): Promise<DecisionCounts> {
  const response = await fetch(`${addressIn(addresses, 'admin')}/metrics`, {
    signal: AbortSignal.timeout(answerDeadlineMs),
  });
  const text = await response.text();
  const count = (source: string): number =>
    Number(new RegExp(`^gateway_decisions_total\\{.*source="${source}".*\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  return { store: count('store'), authority: count('authority') };
}

/** @returns from 0 to 1. @throws Error when the gateway has not counted any admission in between. */
export function authorityShare(before: DecisionCounts, after: DecisionCounts): number {
  const [store, authority] = [after.store - before.store, after.authority - before.authority];
  if (store + authority <= 0) throw new Error('The gateway counts no decisions in its metrics any more');
  return authority / (store + authority);
}

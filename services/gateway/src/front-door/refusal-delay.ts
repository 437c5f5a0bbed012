import type { Problem } from '@engagetrack/contracts';
import type { Quota } from '../rate-limit.ts';

/** Milliseconds that a guess waits for its refusal once its address, or the queue of unknown keys, is over its limit. */
const guessDelayMs = 250;
/** Milliseconds that a live key waits for each 429 after its first ones in a window. */
const quotaDelayMs = 1_000;
/** 429s of a live key in a window that are sent at once; the later ones wait. */
const promptQuotaRefusals = 32;

/** The reasons of refusals that only a guesser, or somebody behind its address, meets. */
const guessReasons: ReadonlySet<string> = new Set(['address_limited', 'unknown_keys_over_capacity']);

/**
 * Milliseconds that a refusal waits: only for a caller that goes on regardless of earlier ones. Every other refusal is
 * sent at once.
 * @param quota of the recognised key; undefined for a caller that is not recognised.
 */
export function refusalDelayMs({ code, reason }: Problem, quota: Quota | undefined): number {
  if (guessReasons.has(reason)) return guessDelayMs;
  if (code !== 'rate_limited' || quota === undefined) return 0;
  return quota.spent.count - quota.policy.quota > promptQuotaRefusals ? quotaDelayMs : 0;
}

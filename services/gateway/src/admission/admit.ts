import {
  type Admission,
  type AdmissionStore,
  markerRetentionMs,
  type RateLimitPolicy,
} from '@engagetrack/admission-store';
import type { ApiKeyHash } from '@engagetrack/api-key';
import { unavailable } from '@engagetrack/contracts';
import type { KeyDirectory, KnownKey } from '../keys/key-directory.ts';
import type { Quota } from '../rate-limit.ts';
import type { StoreClock } from '../store-clock.ts';
import type { GatewayMetrics } from '../telemetry/metrics.ts';
import type { QuotaDetour } from './quota-detour.ts';
import type { QuotaMemory } from './quota-memory.ts';

/** A key that the store or the authority vouches for, and an instant that their answer cannot be older than. */
export interface Admitted {
  readonly kind: 'admitted';
  readonly key: KnownKey;
  readonly quota: Quota;
  /** Milliseconds of the clock that never steps, before any question was sent. */
  readonly decidedAtMs: number;
}

export type AdmitOutcome = Admitted | { readonly kind: 'refused'; readonly reason: string };

/** @throws Problem 503 when neither the store nor the authority can vouch for the key. */
export type Admit = (
  hash: ApiKeyHash,
  known: KnownKey,
  policyFor: (key: KnownKey) => RateLimitPolicy,
) => Promise<AdmitOutcome>;

export interface AdmitParts {
  readonly store: AdmissionStore;
  readonly directory: KeyDirectory;
  readonly quotas: QuotaMemory;
  readonly detour: QuotaDetour;
  readonly clock: StoreClock;
  readonly metrics: GatewayMetrics;
  /** A clock that never steps, milliseconds. */
  readonly monotonicNow: () => number;
}

/**
 * Decides whether a known key is admitted, and which unit of its quota the request spends.
 *
 * Guarantee: this gateway's memory alone admits no key. Either the admission store vouches for the key under a valid
 * witness, or the authority was asked by a read that began after the request arrived.
 */
export function createAdmit(parts: AdmitParts): Admit {
  const { store, directory, quotas, detour, clock, metrics, monotonicNow } = parts;
  return async (hash, known, policyFor) => {
    const decidedAtMs = monotonicNow();
    const first = await ask(known, policyFor(known));
    const outcome = conclude(first, known, policyFor, decidedAtMs);
    if (outcome !== undefined) return outcome.kind === 'refused' ? forget(hash, outcome) : outcome;

    const askedAgainAtMs = monotonicNow();
    const fresh = await directory.refresh(hash);
    if (fresh === undefined) return { kind: 'refused', reason: 'unknown_key' };
    let last = first;
    if (first.verdict === 'stale') {
      // The fresh read replaces stale knowledge, so the store may vouch now.
      last = await ask(fresh, policyFor(fresh));
      const second = conclude(last, fresh, policyFor, askedAgainAtMs);
      if (second !== undefined) return second.kind === 'refused' ? forget(hash, second) : second;
    }
    // The authority has just vouched for the key; a unit that the store counted although its answer was lost is not
    // spent twice.
    const policy = policyFor(fresh);
    const counted = last.verdict === 'spent' ? last : await detour(fresh, policy);
    if (counted?.verdict === 'revoked' || counted?.verdict === 'expired')
      return forget(hash, { kind: 'refused', reason: refusalReasons[counted.verdict] });
    metrics.decisions.inc({ source: 'authority' });
    if (last.verdict !== 'spent') metrics.fallbacks.inc({ reason: last.verdict });
    const spent = counted?.verdict === 'spent' ? counted : quotas.spendAlone(fresh.keyId, policy);
    return { kind: 'admitted', key: fresh, quota: { policy, spent }, decidedAtMs: askedAgainAtMs };
  };

  /** A store that fails vouches for no key, like one without a valid witness. */
  async function ask(
    { keyId, organizationId, epoch, expiresAtMs }: KnownKey,
    policy: RateLimitPolicy,
  ): Promise<Admission> {
    const carried = quotas.carry(keyId, policy);
    try {
      const admission = await store.spend({ keyId, organizationId, epoch, expiresAtMs, policy, carried });
      if (admission.verdict === 'spent') {
        clock.heard(admission.nowMs);
        return quotas.heard(keyId, policy, admission, carried);
      }
      quotas.unheard(keyId, policy, carried);
      return admission;
    } catch {
      quotas.unheard(keyId, policy, carried);
      return { verdict: 'untrusted' };
    }
  }

  /** @returns undefined when the store's answer does not decide. */
  function conclude(
    admission: Admission,
    key: KnownKey,
    policyFor: (key: KnownKey) => RateLimitPolicy,
    decidedAtMs: number,
  ): AdmitOutcome | undefined {
    switch (admission.verdict) {
      case 'spent':
        if (!isCoveredByMarkers(key, admission.nowMs)) return undefined;
        metrics.decisions.inc({ source: 'store' });
        return { kind: 'admitted', key, quota: { policy: policyFor(key), spent: admission }, decidedAtMs };
      case 'revoked':
      case 'expired':
        return { kind: 'refused', reason: refusalReasons[admission.verdict] };
      case 'stale':
      case 'untrusted':
        return undefined;
    }
  }

  function forget(hash: ApiKeyHash, outcome: AdmitOutcome): AdmitOutcome {
    directory.forget(hash);
    return outcome;
  }
}

const refusalReasons = { revoked: 'revoked_key', expired: 'expired_key' } as const;

/** The store cannot judge knowledge that is older than its markers. */
function isCoveredByMarkers({ readAtStoreTimeMs }: KnownKey, nowMs: number): boolean {
  return readAtStoreTimeMs !== undefined && nowMs - readAtStoreTimeMs < markerRetentionMs;
}

/** Milliseconds. An older decision is not carried out: a revocation may have been acknowledged meanwhile. */
const decisionAgeMaxMs = 1_000;

/** @throws Problem 503 for a decision that has become too old, as after a freeze of the process. */
export function refuseOldDecision(decidedAtMs: number, nowMs: number): void {
  if (nowMs - decidedAtMs > decisionAgeMaxMs) throw unavailable('decision_too_old');
}

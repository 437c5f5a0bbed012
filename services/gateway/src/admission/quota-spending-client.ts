import type { Admission, AdmissionStore } from '@engagetrack/admission-store';
import { type QuotaSpendingRequest, quotaSpendingSchema } from '@engagetrack/contracts';
import type { AskKeyService } from '../keys/key-service-client.ts';

/**
 * Has the key service spend at the admission store. Rejects when it does not answer; whether the units were spent is
 * then unknown.
 */
export type SpendThroughKeyService = AdmissionStore['spend'];

/**
 * Milliseconds. A slower answer counts as none. With the question to the authority before it, it stays below the
 * maximal age of a decision.
 */
const timeoutMs = 300;

export function createQuotaSpendingClient(ask: AskKeyService): SpendThroughKeyService {
  return async ({ keyId, organizationId, epoch, expiresAtMs, policy, units = 1, carried }): Promise<Admission> => {
    const body: QuotaSpendingRequest = {
      key_id: keyId,
      organization_id: organizationId,
      epoch,
      expires_at_ms: expiresAtMs ?? null,
      policy: { name: policy.name, quota: policy.quota, window_seconds: policy.windowSeconds },
      units,
      carried:
        carried === undefined
          ? null
          : { window_end_ms: carried.windowEndMs, seen: carried.seen, unreported: carried.unreported },
    };
    const answer = await ask({ path: '/internal/spend', body, answer: quotaSpendingSchema, timeoutMs });
    if (answer.verdict !== 'spent') return answer;
    const { verdict, count, window_end_ms: windowEndMs, now_ms: nowMs } = answer;
    return { verdict, count, windowEndMs, nowMs };
  };
}

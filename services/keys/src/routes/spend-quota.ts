import type { AdmissionStore } from '@engagetrack/admission-store';
import { type QuotaSpending, quotaSpendingRequestSchema, unavailable } from '@engagetrack/contracts';
import type { RequestHandler } from 'express';
import type { AuthenticateGateway } from '../authenticate-gateway.ts';
import { readBody } from '../read-body.ts';

/**
 * POST /internal/spend: spends units of a key's quota for a gateway that does not reach the admission store itself. The
 * answer repeats the store's answer unchanged.
 */
export function spendQuota(authenticate: AuthenticateGateway, admission: AdmissionStore): RequestHandler {
  return async (req, res) => {
    authenticate(req);
    const options = await readBody(req, res, quotaSpendingRequestSchema);
    const { policy, carried } = options;
    const word = await admission
      .spend({
        keyId: options.key_id,
        organizationId: options.organization_id,
        epoch: options.epoch,
        expiresAtMs: options.expires_at_ms ?? undefined,
        policy: { name: policy.name, quota: policy.quota, windowSeconds: policy.window_seconds },
        units: options.units,
        carried: carried
          ? { windowEndMs: carried.window_end_ms, seen: carried.seen, unreported: carried.unreported }
          : undefined,
      })
      .catch((error: unknown) => {
        throw unavailable('admission_store_failed', error);
      });
    const answer: QuotaSpending =
      word.verdict === 'spent'
        ? { verdict: word.verdict, count: word.count, window_end_ms: word.windowEndMs, now_ms: word.nowMs }
        : word;
    res.set('Cache-Control', 'no-store').json(answer);
  };
}

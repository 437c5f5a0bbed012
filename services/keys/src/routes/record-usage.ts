import { type UsageReportAnswer, usageReportSchema } from '@engagetrack/contracts';
import type { RequestHandler } from 'express';
import type { AuthenticateGateway } from '../authenticate-gateway.ts';
import { readReportBody } from '../read-body.ts';
import { hourOf } from '../usage-span.ts';
import type { UsageStore } from '../usage-store.ts';

/**
 * POST /internal/usage: 200 once a gateway's report is stored, by this request or an earlier one. After any other
 * answer the gateway may send it again.
 */
export function recordUsage(authenticate: AuthenticateGateway, usage: UsageStore, now: () => number): RequestHandler {
  let prunedHourMs = 0;
  return async (req, res) => {
    authenticate(req);
    const report = await readReportBody(req, res, usageReportSchema);
    const nowMs = now();
    await usage.record(report, nowMs);
    // Prunes with the first report of an hour, when an hour has become too old.
    if (hourOf(nowMs) !== prunedHourMs) {
      await usage.prune(nowMs);
      prunedHourMs = hourOf(nowMs);
    }
    const body: UsageReportAnswer = { stored: true };
    res.set('Cache-Control', 'no-store').json(body);
  };
}

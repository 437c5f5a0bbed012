import type { RequestHandler } from 'express';
import type { AuthorizeMember } from '../authorize-member.ts';
import { organizationUsageBody } from '../usage-bodies.ts';
import { lastDay } from '../usage-span.ts';
import type { UsageStore } from '../usage-store.ts';

/** GET /organizations/{organizationId}/api-key-usage: the last day of every key, for a view of the whole list. */
export function showOrganizationUsage(
  authorize: AuthorizeMember,
  usage: UsageStore,
  now: () => number,
): RequestHandler {
  return async (req, res) => {
    const { organization } = await authorize(req);
    const span = lastDay(now());
    const rows = await usage.listHoursOfAll(organization.id, span);
    res.set('Cache-Control', 'no-store').json(organizationUsageBody(span, rows));
  };
}

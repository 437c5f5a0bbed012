import type { RequestHandler } from 'express';
import type { AuthorizeMember } from '../authorize-member.ts';

/** GET /organizations/{organizationId}: the organization with the member's own role. */
export function showOrganization(authorize: AuthorizeMember): RequestHandler {
  return async (req, res) => {
    const { organization } = await authorize(req);
    res.set('Cache-Control', 'no-store').json(organization);
  };
}

import {
  apiAccessByPlan,
  type OrganizationBody,
  organizationIdSchema,
  Problem,
  type Role,
} from '@engagetrack/contracts';
import type { Request } from 'express';
import type { AccountStore } from './account-store.ts';
import type { AuthenticateSession, Session } from './authenticate-session.ts';

/** A session's user in an organization that they are a member of. */
export interface Membership extends Session {
  readonly organization: OrganizationBody;
}

/** @throws Problem 401, or 404: to a non-member an organization looks as if it did not exist. */
export type AuthorizeMember = (req: Request) => Promise<Membership>;

export function createAuthorizeMember(authenticate: AuthenticateSession, accounts: AccountStore): AuthorizeMember {
  return async (req) => {
    const session = await authenticate(req);
    const organizationId = organizationIdSchema.safeParse(req.params.organizationId);
    const organization = organizationId.data && (await accounts.findOrganization(organizationId.data, session.user.id));
    if (organization === undefined) throw new Problem('not_found', { reason: 'no_member' });
    return { ...session, organization };
  };
}

/** @throws Problem 403 when the member's role is none of these. */
export function requireRole({ organization }: Membership, allowed: readonly Role[]): void {
  if (!allowed.includes(organization.role)) throw new Problem('forbidden');
}

/** @throws Problem 402 on a plan without API access. */
export function requireApiAccess({ organization }: Membership): void {
  if (!apiAccessByPlan[organization.plan]) throw new Problem('plan_required');
}

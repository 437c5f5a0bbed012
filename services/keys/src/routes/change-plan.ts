import { type OrganizationBody, plans } from '@engagetrack/contracts';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { Acknowledge } from '../acknowledgement.ts';
import type { ApiKeyStore } from '../api-key-store.ts';
import { type AuthorizeMember, requireRole } from '../authorize-member.ts';
import { readBody } from '../read-body.ts';
import type { AnnounceChange } from '../revocation-announcer.ts';

export interface ChangePlanParts {
  readonly authorize: AuthorizeMember;
  readonly store: ApiKeyStore;
  readonly acknowledge: Acknowledge;
  readonly announce: AnnounceChange;
}

const bodySchema = z.strictObject({ plan: z.enum(plans, { error: `must be one of ${plans.join(', ')}` }) });

/**
 * PUT /organizations/{organizationId}/plan: 200 once every gateway judges by the new plan; 503 when that is not certain
 * yet.
 */
export function changePlan({ authorize, store, acknowledge, announce }: ChangePlanParts): RequestHandler {
  return async (req, res) => {
    const membership = await authorize(req);
    requireRole(membership, ['owner']);
    const { plan } = await readBody(req, res, bodySchema);
    const { organization } = membership;
    const epoch = await store.setPlan(organization.id, plan);
    const change = { kind: 'organization_changed', organizationId: organization.id, epoch } as const;
    if (plan !== organization.plan) announce(organization.id, change);
    await acknowledge([change]);
    const body: OrganizationBody = { ...organization, plan };
    res.set('Cache-Control', 'no-store').json(body);
  };
}

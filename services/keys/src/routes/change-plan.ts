import type { MarkerStore } from '@engagetrack/admission-store';
import { type OrganizationBody, plans, unavailable } from '@engagetrack/contracts';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { ApiKeyStore } from '../api-key-store.ts';
import { type AuthorizeMember, requireRole } from '../authorize-member.ts';
import { readBody } from '../read-body.ts';
import type { RevocationAnnouncer } from '../revocation-announcer.ts';

export interface ChangePlanParts {
  readonly authorize: AuthorizeMember;
  readonly store: ApiKeyStore;
  readonly markers: MarkerStore;
  readonly announcer: RevocationAnnouncer;
}

const bodySchema = z.strictObject({ plan: z.enum(plans, { error: `must be one of ${plans.join(', ')}` }) });

/** PUT /organizations/{organizationId}/plan: 200 once every gateway judges by the new plan; 503 as with a revocation. */
export function changePlan({ authorize, store, markers, announcer }: ChangePlanParts): RequestHandler {
  return async (req, res) => {
    const membership = await authorize(req);
    requireRole(membership, ['owner']);
    const { plan } = await readBody(req, res, bodySchema);
    const { organization } = membership;
    const { epoch, pending } = await store.setPlan(organization.id, plan);
    try {
      await (pending === undefined ? markers.raiseEpoch(organization.id, epoch) : announcer.announce(pending));
    } catch (error) {
      throw unavailable('plan_change_not_certain', error);
    }
    const body: OrganizationBody = { ...organization, plan };
    res.set('Cache-Control', 'no-store').json(body);
  };
}

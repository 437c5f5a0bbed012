import { type ApiKeyId, apiKeyIdSchema, type OrganizationId, Problem, type UserId } from '@engagetrack/contracts';
import type { RequestHandler } from 'express';
import type { Acknowledge } from '../acknowledgement.ts';
import type { ApiKeyStore } from '../api-key-store.ts';
import { type AuthorizeMember, requireRole } from '../authorize-member.ts';
import type { KeysMetrics } from '../metrics.ts';
import type { AnnounceChange } from '../revocation-announcer.ts';

export interface RevokeApiKeyParts {
  readonly authorize: AuthorizeMember;
  readonly store: ApiKeyStore;
  readonly acknowledge: Acknowledge;
  readonly announce: AnnounceChange;
  readonly metrics: KeysMetrics;
}

/**
 * DELETE /organizations/{organizationId}/api-keys/{keyId}: 204 once every gateway refuses the key. A repetition is not
 * answered early because the database already says revoked: that alone does not make a gateway refuse. 503 when it is
 * not certain yet: gateways refuse the key a moment later all the same, and the caller may ask again.
 */
export function revokeApiKey({ authorize, store, acknowledge, announce, metrics }: RevokeApiKeyParts): RequestHandler {
  return async (req, res) => {
    const membership = await authorize(req);
    requireRole(membership, ['owner', 'admin']);
    const keyId = apiKeyIdSchema.safeParse(req.params.keyId);
    if (!keyId.success) throw new Problem('not_found', { reason: 'no_key' });
    const acknowledged = metrics.revocationAck.startTimer();
    await revoke(membership.organization.id, keyId.data, membership.user.id);
    acknowledged();
    res.status(204).end();
  };

  async function revoke(organizationId: OrganizationId, keyId: ApiKeyId, revokedBy: UserId): Promise<void> {
    const outcome = await store.revoke(organizationId, keyId, revokedBy);
    if (outcome === 'unknown') throw new Problem('not_found', { reason: 'no_key' });
    const change = { kind: 'key_revoked', keyId } as const;
    if (outcome === 'revoked') announce(organizationId, change);
    await acknowledge([change]);
  }
}

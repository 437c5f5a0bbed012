import type { MarkerStore } from '@engagetrack/admission-store';
import {
  type ApiKeyId,
  apiKeyIdSchema,
  type OrganizationId,
  Problem,
  type UserId,
  unavailable,
} from '@engagetrack/contracts';
import type { RequestHandler } from 'express';
import type { ApiKeyStore } from '../api-key-store.ts';
import { type AuthorizeMember, requireRole } from '../authorize-member.ts';
import type { KeysMetrics } from '../metrics.ts';
import type { RevocationAnnouncer } from '../revocation-announcer.ts';

export interface RevokeApiKeyParts {
  readonly authorize: AuthorizeMember;
  readonly store: ApiKeyStore;
  readonly markers: MarkerStore;
  readonly announcer: RevocationAnnouncer;
  readonly metrics: KeysMetrics;
}

/**
 * DELETE /organizations/{organizationId}/api-keys/{keyId}: 204 once the key is dead on every gateway.
 * 503 when that is not certain yet: the key is revoked in the database, the announcer goes on trying, and the caller
 * may ask again.
 */
export function revokeApiKey({ authorize, store, markers, announcer, metrics }: RevokeApiKeyParts): RequestHandler {
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
    try {
      // An earlier DELETE of the same key may not have been acknowledged, so its marker is made certain again.
      await (outcome === 'already' ? markers.markRevoked(keyId) : announcer.announce(outcome));
    } catch (error) {
      throw unavailable('revocation_not_certain', error);
    }
  }
}

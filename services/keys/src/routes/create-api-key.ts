import { generateApiKey, hashApiKey } from '@engagetrack/api-key';
import { type CreatedApiKeyBody, scopes as scopeOrder } from '@engagetrack/contracts';
import type { RequestHandler } from 'express';
import { expiresAtError, newApiKeySchema } from '../api-key-input.ts';
import { type ApiKeyStore, activeKeysPerOrganizationMax } from '../api-key-store.ts';
import { type AuthorizeMember, requireApiAccess, requireRole } from '../authorize-member.ts';
import { newApiKeyId } from '../ids.ts';
import { invalidInput, readBody } from '../read-body.ts';
import { apiKeyBody } from './api-key-body.ts';

/** POST /organizations/{organizationId}/api-keys: the one answer that shows the key. */
export function createApiKey(authorize: AuthorizeMember, store: ApiKeyStore): RequestHandler {
  return async (req, res) => {
    const membership = await authorize(req);
    requireRole(membership, ['owner', 'admin']);
    requireApiAccess(membership);
    const { name, scopes, expires_at: expiresAt } = await readBody(req, res, newApiKeySchema);

    const key = generateApiKey();
    const stored = await store.add({
      id: newApiKeyId(),
      organizationId: membership.organization.id,
      name,
      hash: hashApiKey(key),
      lastFour: key.lastFour,
      scopes: scopeOrder.filter((scope) => scopes.includes(scope)),
      expiresAt,
      createdBy: membership.user.id,
    });
    if (stored === 'ended') throw invalidInput(`expires_at ${expiresAtError}`);
    if (stored === 'too_many')
      throw invalidInput(
        `An organization can have at most ${activeKeysPerOrganizationMax} active API keys; revoke one first`,
      );

    const { id, name: storedName, last_used_at: _neverUsed, ...shown } = apiKeyBody(stored);
    const body: CreatedApiKeyBody = { id, name: storedName, key: key.reveal(), ...shown };
    res
      .status(201)
      .set('Location', `/api/v1/organizations/${membership.organization.id}/api-keys/${stored.id}`)
      .set('Cache-Control', 'no-store')
      .json(body);
  };
}

import type { ApiKeyBody, ApiKeyRecordBody } from '@engagetrack/contracts';
import type { RecordedApiKey, StoredApiKey } from '../api-key-store.ts';

/** One entry of the list of keys. */
export function apiKeyBody({ id, name, lastFour, scopes, createdAt, expiresAt, lastUsedAt }: StoredApiKey): ApiKeyBody {
  return {
    id,
    name,
    preview: `et_live_...${lastFour}`,
    scopes: [...scopes],
    created_at: createdAt.toISOString(),
    expires_at: expiresAt?.toISOString() ?? null,
    last_used_at: lastUsedAt?.toISOString() ?? null,
  };
}

/** One entry of the list by status. */
export function apiKeyRecordBody(key: RecordedApiKey): ApiKeyRecordBody {
  return { ...apiKeyBody(key), created_by: key.createdBy, revoked_at: key.revokedAt?.toISOString() ?? null };
}

import type { ApiKeyBody } from '@engagetrack/contracts';
import type { StoredApiKey } from '../api-key-store.ts';

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

import type { ApiKeyHash } from '@engagetrack/api-key';
import { type Introspection, introspectionSchema, unavailable } from '@engagetrack/contracts';
import type { AskKeyService } from './key-service-client.ts';

/** Asks the authority about a key hash. Rejects with Problem 503 when there is no answer. */
export type Introspect = (keyHash: ApiKeyHash) => Promise<Introspection>;

const timeoutMs = 1_000;

export function createIntrospectionClient(ask: AskKeyService): Introspect {
  return async (keyHash) => {
    try {
      return await ask({
        path: '/internal/introspect',
        body: { key_hash: keyHash },
        answer: introspectionSchema,
        timeoutMs,
        isRepeatable: true,
      });
    } catch (error) {
      throw unavailable('introspection_failed', error);
    }
  };
}

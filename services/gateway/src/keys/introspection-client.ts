import type { ApiKeyHash } from '@engagetrack/api-key';
import { type Introspection, introspectionSchema, unavailable } from '@engagetrack/contracts';

/** Asks the authority about a key hash. Rejects with Problem 503 when it cannot say. */
export type Introspect = (keyHash: ApiKeyHash) => Promise<Introspection>;

export interface IntrospectionClientOptions {
  readonly url: string;
  readonly internalToken: string;
  readonly timeoutMs: number;
}

/** The key service's internal listener over HTTP. The hash travels in the body, so that no URL log can hold it. */
export function createIntrospectionClient({ url, internalToken, timeoutMs }: IntrospectionClientOptions): Introspect {
  const endpoint = new URL('/internal/introspect', url);
  const headers = { authorization: `Bearer ${internalToken}`, 'content-type': 'application/json' };
  return async (keyHash) => {
    try {
      const response = await fetch(endpoint, {
        method: 'POST',
        headers,
        body: JSON.stringify({ key_hash: keyHash }),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (response.status !== 200) {
        await response.body?.cancel();
        throw new Error(`The key service answered an introspection with ${response.status}`);
      }
      return introspectionSchema.parse(await response.json());
    } catch (error) {
      throw unavailable('introspection_failed', error);
    }
  };
}

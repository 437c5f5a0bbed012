import type { ApiKeyHash } from '@engagetrack/api-key';
import type { Readiness } from '@engagetrack/service-chassis';
import type { Introspect } from './keys/introspection-client.ts';

export interface ReadinessParts {
  readonly introspect: Introspect;
  /** Rejects when the admission store cannot be reached. */
  readonly pingStore: () => Promise<unknown>;
}

/** A hash that belongs to no key. */
const nobodysHash = '0'.repeat(64) as ApiKeyHash;

/** Ready when both parties that a new key needs would answer: the admission store and the key service's authority. */
export function gatewayReadiness({ introspect, pingStore }: ReadinessParts): Readiness {
  return async () => {
    const [store, authority] = await Promise.allSettled([pingStore(), introspect(nobodysHash)]);
    if (store.status === 'rejected') return 'the admission store does not answer';
    if (authority.status === 'rejected') return 'the key service does not answer';
    return undefined;
  };
}

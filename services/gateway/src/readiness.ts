import { nobodysHash } from '@engagetrack/api-key';
import type { Readiness } from '@engagetrack/service-chassis';
import type { Introspect } from './keys/introspection-client.ts';

/**
 * Ready when the authority answers. The admission store is not asked: without it the authority decides about requests.
 */
export function gatewayReadiness(introspect: Introspect): Readiness {
  return async () => {
    try {
      await introspect(nobodysHash);
      return undefined;
    } catch {
      return 'the key service does not answer';
    }
  };
}

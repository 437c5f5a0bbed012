import { nobodysHash } from '@engagetrack/api-key';
import type { Readiness } from '@engagetrack/service-chassis';
import type { Introspect } from './keys/introspection-client.ts';

/** Ready when the authority answers. Without the admission store requests are decided by the authority, so it is not asked. */
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

import { internalTokenHeader } from '@engagetrack/contracts';
import type { Callers, RequestOrigin } from '@engagetrack/service-chassis';
import { isSameSecret } from './is-same-secret.ts';

/**
 * The address that a log-in attempt is counted by. A gateway or dashboard that sends the internal token is trusted as
 * one more proxy; without the token only the configured proxies are.
 */
export function logInAddress(req: RequestOrigin, callers: Callers, internalToken: string): string {
  const proof = req.headers[internalTokenHeader];
  return callers.addressOf(req, typeof proof === 'string' && isSameSecret(proof, internalToken) ? 1 : 0);
}

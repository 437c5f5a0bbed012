import { internalTokenHeader } from '@engagetrack/contracts';
import { clientAddress, type RequestOrigin } from '@engagetrack/service-chassis';
import { isSameSecret } from './is-same-secret.ts';

/**
 * The address that a log-in attempt is counted by. A gateway or dashboard that sends the internal token is one trusted
 * hop; without the token the socket's peer is counted, and the forwarded address is ignored.
 */
export function logInAddress(req: RequestOrigin, internalToken: string): string {
  const proof = req.headers[internalTokenHeader];
  return clientAddress(req, typeof proof === 'string' && isSameSecret(proof, internalToken) ? 1 : 0);
}

import { internalTokenHeader } from '@engagetrack/contracts';
import { clientAddress, type RequestOrigin } from '@engagetrack/service-chassis';
import { isSameSecret } from './is-same-secret.ts';

/**
 * The address that a log-in attempt is counted by. A gateway or a dashboard that proves to be ours is one trusted hop;
 * without the proof the socket's peer is counted, whatever the request says.
 */
export function logInAddress(req: RequestOrigin, internalToken: string): string {
  const proof = req.headers[internalTokenHeader];
  return clientAddress(req, typeof proof === 'string' && isSameSecret(proof, internalToken) ? 1 : 0);
}

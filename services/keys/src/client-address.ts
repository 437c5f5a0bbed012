import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { internalTokenHeader } from '@engagetrack/contracts';

/** The caller's address: what a gateway says, if it proves to be one; else the socket's peer. */
export function clientAddress(req: IncomingMessage, internalToken: string): string {
  const peer = req.socket.remoteAddress ?? 'unknown';
  const proof = req.headers[internalTokenHeader];
  if (typeof proof !== 'string' || !isSameSecret(proof, internalToken)) return peer;
  return req.headers['x-forwarded-for']?.toString().split(',').at(-1)?.trim() || peer;
}

/** Compared in constant time; a length is no secret. */
export function isSameSecret(presented: string, expected: string): boolean {
  const [a, b] = [Buffer.from(presented), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

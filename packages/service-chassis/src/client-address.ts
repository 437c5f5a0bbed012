import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** The part of an `IncomingMessage` that tells where a request comes from. */
export interface RequestOrigin {
  readonly socket: { readonly remoteAddress?: string | undefined };
  readonly headers: IncomingHttpHeaders;
}

/**
 * The caller's address.
 *
 * With no trusted hop it is the socket's peer, and the request's fields are ignored. With n trusted hops (proxies of
 * our own, each appending the address it saw to X-Forwarded-For) it is the n-th entry from the end. An entry that is no
 * address, or has a port, does not count.
 * @returns the peer's address when no entry counts, and `unknown` for a closed socket.
 */
export function clientAddress({ socket, headers }: RequestOrigin, trustedHops: number): string {
  const socketAddress = plainAddress(socket.remoteAddress ?? 'unknown');
  const forwardedFor = headers['x-forwarded-for']?.toString();
  if (trustedHops === 0 || forwardedFor === undefined) return socketAddress;
  const entries = forwardedFor.split(',').map((entry) => entry.trim());
  const entry = entries[Math.max(0, entries.length - trustedHops)];
  return entry === undefined || isIP(entry) === 0 ? socketAddress : plainAddress(entry);
}

/** The caller's protocol: `https` only if a trusted hop says so, since our listeners speak plain HTTP. */
export function forwardedProtocol({ headers }: RequestOrigin, trustedHops: number): 'http' | 'https' {
  const forwardedProto = headers['x-forwarded-proto']?.toString();
  return trustedHops > 0 && forwardedProto?.split(',').at(-1)?.trim().toLowerCase() === 'https' ? 'https' : 'http';
}

/** One spelling for one caller: a dual-stack socket writes 192.0.2.1 as `::ffff:192.0.2.1`. */
function plainAddress(address: string): string {
  const lowerCase = address.toLowerCase();
  return lowerCase.startsWith('::ffff:') && lowerCase.includes('.') ? lowerCase.slice('::ffff:'.length) : lowerCase;
}

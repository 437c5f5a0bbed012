import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** The part of an `IncomingMessage` that tells where a request comes from. */
export interface RequestOrigin {
  readonly socket: { readonly remoteAddress?: string | undefined };
  readonly headers: IncomingHttpHeaders;
}

/**
 * Who the caller is, as an address.
 *
 * With no trusted hop it is the socket's peer, whatever the request says. With n trusted hops (proxies of our own, each
 * appending the address it saw to X-Forwarded-For) it is the n-th entry from the end; an entry that is no address, a
 * port behind it included, is none.
 * @returns the peer's address where no entry counts, and `unknown` where the socket has none any more.
 */
export function clientAddress({ socket, headers }: RequestOrigin, trustedHops: number): string {
  const socketAddress = plainAddress(socket.remoteAddress ?? 'unknown');
  const forwardedFor = headers['x-forwarded-for']?.toString();
  if (trustedHops === 0 || forwardedFor === undefined) return socketAddress;
  const entries = forwardedFor.split(',').map((entry) => entry.trim());
  const entry = entries[Math.max(0, entries.length - trustedHops)];
  return entry === undefined || isIP(entry) === 0 ? socketAddress : plainAddress(entry);
}

/** How the caller reached us: `https` only on the word of a trusted hop, since our listeners speak plain HTTP. */
export function forwardedProtocol({ headers }: RequestOrigin, trustedHops: number): 'http' | 'https' {
  const forwardedProto = headers['x-forwarded-proto']?.toString();
  return trustedHops > 0 && forwardedProto?.split(',').at(-1)?.trim().toLowerCase() === 'https' ? 'https' : 'http';
}

/** One spelling for one caller: `::ffff:192.0.2.1` is 192.0.2.1 as a dual-stack socket writes it. */
function plainAddress(address: string): string {
  const lowerCase = address.toLowerCase();
  return lowerCase.startsWith('::ffff:') && lowerCase.includes('.') ? lowerCase.slice('::ffff:'.length) : lowerCase;
}

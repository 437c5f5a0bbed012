import { isIP } from 'node:net';

/**
 * Who the caller is, as an address.
 *
 * With no trusted hop it is the socket's peer, whatever the request says. With n trusted hops (load balancers of our
 * own, each appending the address it saw to X-Forwarded-For) it is the n-th entry from the end; an entry that is no
 * address, a port behind it included, is none.
 */
export function clientAddress(peer: string | undefined, forwardedFor: string | undefined, trustedHops: number): string {
  const socketAddress = plainAddress(peer ?? 'unknown');
  if (trustedHops === 0 || forwardedFor === undefined) return socketAddress;
  const entries = forwardedFor.split(',').map((entry) => entry.trim());
  const entry = entries[Math.max(0, entries.length - trustedHops)];
  return entry === undefined || isIP(entry) === 0 ? socketAddress : plainAddress(entry);
}

/** How the caller reached us: `https` only on the word of a trusted hop, since this listener speaks plain HTTP. */
export function forwardedProtocol(header: string | undefined, trustedHops: number): 'http' | 'https' {
  return trustedHops > 0 && header?.split(',').at(-1)?.trim().toLowerCase() === 'https' ? 'https' : 'http';
}

/** One spelling for one caller: `::ffff:192.0.2.1` is 192.0.2.1 as a dual-stack socket writes it. */
function plainAddress(address: string): string {
  const lowerCase = address.toLowerCase();
  return lowerCase.startsWith('::ffff:') && lowerCase.includes('.') ? lowerCase.slice('::ffff:'.length) : lowerCase;
}

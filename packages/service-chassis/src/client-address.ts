import type { IncomingHttpHeaders } from 'node:http';
import { isIP, isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { isTrusted, type TrustedProxies } from './trusted-proxies.ts';

/** The part of an `IncomingMessage` that tells where a request comes from. */
export interface RequestOrigin {
  readonly socket: { readonly remoteAddress?: string | undefined };
  readonly headers: IncomingHttpHeaders;
}

/** Entries of `X-Forwarded-For`, from the end. Those before them are not looked at: no chain of proxies is as long. */
const forwardedEntriesMax = 32;

/**
 * The caller's address: the first that is no trusted proxy, on the way from the socket's peer through
 * `X-Forwarded-For` from its end. Where all are trusted it is the first entry.
 *
 * An entry may have a port, which is dropped: `203.0.113.7:40000`, `[2001:db8::1]:443`.
 * @param provenHops further proxies behind the trusted ones, which have proved by other means that they are ours.
 * @returns the peer's address when the entry is no address, and `unknown` for a closed socket.
 */
export function clientAddress(
  { socket, headers }: RequestOrigin,
  proxies: TrustedProxies,
  provenHops: 0 | 1 = 0,
): string {
  const peer = plainAddress(socket.remoteAddress ?? 'unknown');
  const forwardedFor = headers['x-forwarded-for']?.toString();
  if (forwardedFor === undefined || (provenHops === 0 && !isTrusted(proxies, peer, 0))) return peer;
  const entries = forwardedFor.split(',');
  const distanceMax = Math.min(entries.length, forwardedEntriesMax);
  const addressAt = (distance: number): string | undefined =>
    distance === 0 ? peer : addressIn(entries[entries.length - distance] ?? '');
  let distance = 0;
  while (distance < distanceMax && isTrusted(proxies, addressAt(distance), distance)) distance += 1;
  return addressAt(Math.min(distance + provenHops, distanceMax)) ?? peer;
}

/** The caller's protocol: `https` only if a trusted peer says so, since our listeners speak plain HTTP. */
export function forwardedProtocol({ socket, headers }: RequestOrigin, proxies: TrustedProxies): 'http' | 'https' {
  const forwardedProto = headers['x-forwarded-proto']?.toString();
  if (forwardedProto?.split(',').at(-1)?.trim().toLowerCase() !== 'https') return 'http';
  return isTrusted(proxies, plainAddress(socket.remoteAddress ?? 'unknown'), 0) ? 'https' : 'http';
}

/** An IPv4 address or an IPv6 address in brackets, with or without a port. */
const addressAndPort = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::[0-9]{1,5})?$/;

function addressIn(entry: string): string | undefined {
  const text = entry.trim();
  const [, bracketed, dotted] = addressAndPort.exec(text) ?? [];
  if (bracketed !== undefined) return isIPv6(bracketed) ? plainAddress(bracketed) : undefined;
  const address = dotted ?? text;
  return isIP(address) === 0 ? undefined : plainAddress(address);
}

const mappedPrefix = '::ffff:';

/** One spelling for one caller: a dual-stack socket writes 192.0.2.1 as `::ffff:192.0.2.1`. */
function plainAddress(address: string): string {
  const lowerCase = address.toLowerCase();
  if (!lowerCase.startsWith(mappedPrefix)) return lowerCase;
  const inner = lowerCase.slice(mappedPrefix.length);
  if (isIPv4(inner)) return inner;
  return isIP(lowerCase) === 0 ? lowerCase : ipaddr.process(lowerCase).toString();
}

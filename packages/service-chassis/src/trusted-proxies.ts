import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Which addresses are proxies of our own, whose `X-Forwarded-For` is believed. */
export interface TrustedProxies {
  /** The number of proxies nearest to this process that are trusted. Their addresses do not matter. */
  readonly hops: number;
  /** Addresses that are trusted at any distance. */
  readonly ranges: readonly AddressRange[];
}

export interface AddressRange {
  readonly network: ReturnType<typeof ipaddr.parse>;
  readonly prefixLength: number;
}

export const noProxies: TrustedProxies = { hops: 0, ranges: [] };

/** @param ranges as {@link parseAddressRange} accepts them. */
export function createTrustedProxies(hops: number, ranges: readonly string[]): TrustedProxies {
  return { hops, ranges: ranges.flatMap((text) => parseAddressRange(text) ?? []) };
}

/**
 * Reads one address or CIDR range (RFC 4632, RFC 4291 section 2.3). An IPv4 range written as mapped IPv6 is refused,
 * because addresses are compared as IPv4.
 * @returns undefined for any other text.
 */
export function parseAddressRange(text: string): AddressRange | undefined {
  const [address = '', prefix, more] = text.split('/');
  if (isIP(address) === 0 || address.includes('%') || more !== undefined) return undefined;
  const network = ipaddr.parse(address);
  if (network instanceof ipaddr.IPv6 && network.isIPv4MappedAddress()) return undefined;
  const bits = network.kind() === 'ipv4' ? 32 : 128;
  if (prefix === undefined) return { network, prefixLength: bits };
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits ? { network, prefixLength: Number(prefix) } : undefined;
}

/**
 * @param address undefined for a text that is none.
 * @param distance 0 for the socket's peer, 1 for the address that it saw, and so on.
 */
export function isTrusted({ hops, ranges }: TrustedProxies, address: string | undefined, distance: number): boolean {
  if (distance < hops) return true;
  if (ranges.length === 0 || address === undefined || isIP(address) === 0) return false;
  const parsed = ipaddr.process(address);
  return ranges.some(
    ({ network, prefixLength }) => network.kind() === parsed.kind() && parsed.match(network, prefixLength),
  );
}

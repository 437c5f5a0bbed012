/** `Host` as RFC 9110 section 7.2 has it: a name, an IPv4 address or an IPv6 address in brackets, and maybe a port. */
export const hostPattern = /^(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/;

/** The name by which an upstream may know this API; undefined when none is configured. */
export type PublicHost = (receivedHost: string | undefined) => string | undefined;

/**
 * The public name that a caller used, and the first one for any other `Host`. A caller's own text never reaches an
 * upstream, because upstreams build links and cache keys from it.
 */
export function createPublicHost(publicHosts: readonly string[]): PublicHost {
  const [usual] = publicHosts;
  const known = new Map(publicHosts.map((host) => [host.toLowerCase(), host]));
  return (receivedHost) => (receivedHost === undefined ? usual : (known.get(receivedHost.toLowerCase()) ?? usual));
}

import type { Origin } from './load-messages.ts';

/** Loopback addresses of sockets; a host other than Linux has only one of them. */
const at = (last: number) => (process.platform === 'linux' ? `127.0.0.${last}` : '127.0.0.1');

/** The usual good callers, with an address of their own. */
export const usualOrigin: Origin = { localAddress: at(1) };
export const guesserOrigin: Origin = { localAddress: at(2), forwardedFor: '203.0.113.7' };
/** Everybody behind one NAT: sockets and a hop in front show the same address for all of them. */
export const natOrigin: Origin = { localAddress: at(3), forwardedFor: '203.0.113.9' };
/** Everybody behind a layer-4 balancer: it names no client, so all have its own address. */
export const balancerOrigin: Origin = { localAddress: at(4) };

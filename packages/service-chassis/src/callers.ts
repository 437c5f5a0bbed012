import { clientAddress, forwardedProtocol, type RequestOrigin } from './client-address.ts';
import type { Logger } from './logger.ts';
import { isTrusted, type TrustedProxies } from './trusted-proxies.ts';

/** Whom requests come from, behind proxies of our own. */
export interface Callers {
  /** As {@link clientAddress}. */
  addressOf(request: RequestOrigin, provenHops?: 0 | 1): string;
  /** As {@link forwardedProtocol}. */
  protocolOf(request: RequestOrigin): 'http' | 'https';
}

/**
 * Warns once when a peer that is not trusted brings `X-Forwarded-For`: that peer may be a balancer of ours, and then
 * all callers behind it count as one.
 */
export function createCallers(proxies: TrustedProxies, log: Logger): Callers {
  let hasWarned = false;
  return {
    addressOf: (request, provenHops = 0) => {
      if (!hasWarned && provenHops === 0 && request.headers['x-forwarded-for'] !== undefined)
        warnUnlessTrusted(request);
      return clientAddress(request, proxies, provenHops);
    },
    protocolOf: (request) => forwardedProtocol(request, proxies),
  };

  function warnUnlessTrusted({ socket }: RequestOrigin): void {
    if (isTrusted(proxies, socket.remoteAddress, 0)) return;
    hasWarned = true;
    log.warn({
      at: 'forwarded_for_ignored',
      reason:
        'A request brought X-Forwarded-For from an address that neither TRUSTED_PROXIES nor TRUSTED_HOPS trusts; ' +
        'if a load balancer of yours sent it, all callers behind it count as one address',
    });
  }
}

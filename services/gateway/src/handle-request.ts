import { Problem, unavailable } from '@engagetrack/contracts';
import { bearerCredential } from '@engagetrack/service-chassis';
import type { KeyConcurrency } from './admission/key-concurrency.ts';
import type { Authenticate, Authenticated, Credentials } from './authenticate.ts';
import { authorize, belongsTo, methodNotAllowed } from './authorize.ts';
import type { Exchange } from './exchange.ts';
import type { Forward } from './forward/forward.ts';
import type { WatchedAnswers } from './keys/watched-answers.ts';
import { judgeQuota } from './rate-limit.ts';
import { segmentsOf } from './request-target.ts';
import type { RouteMatch, RouteTable } from './routes/route-table.ts';

export interface HandleRequestParts {
  readonly routeTable: RouteTable;
  readonly authenticate: Authenticate;
  readonly keyConcurrency: KeyConcurrency;
  readonly forward: Forward;
  readonly watchedAnswers: WatchedAnswers;
}

/**
 * The straight line of a request that has passed the raw checks: route, authenticate, authorize, rate limit, forward.
 * Each stage throws a Problem or passes its proof to the next.
 * @returns rejects with a Problem as long as no byte of an answer is out; resolves when the answer is over.
 */
export type HandleRequest = (exchange: Exchange) => Promise<void>;

export function createHandleRequest(parts: HandleRequestParts): HandleRequest {
  const { routeTable, authenticate, keyConcurrency, forward, watchedAnswers } = parts;
  return async (exchange) => {
    const { req, res, method, target, keyHash, clientAddress, line } = exchange;
    const match = routeTable.match(method, segmentsOf(target));
    if (match.kind !== 'none') line.route = match.route;
    if (match.kind !== 'none' && match.route.credential.kind !== 'api_key') return passToKeyService(exchange, match);
    const credentials: Credentials = {
      keyHash,
      hasAuthorization: req.headers.authorization !== undefined,
      address: clientAddress,
      hasLeft: () => res.destroyed,
      // The same policy counts every 404, so that its headers do not tell which paths other organizations have.
      policyFor: (key) => (belongsTo(key, match) ? match.route.policy : routeTable.defaultPolicy),
    };
    const caller = await (keyHash === undefined
      ? authenticate(credentials)
      : keyConcurrency.run(keyHash, () => {
          // A caller that disconnected while it waited spends nothing.
          if (res.destroyed) throw unavailable('abandoned');
          return authenticate(credentials);
        }));
    return admitted(exchange, match, caller);
  };

  async function admitted(
    exchange: Exchange,
    match: RouteMatch,
    { principal, quota, decidedAtMs }: Authenticated,
  ): Promise<void> {
    const { res, line } = exchange;
    line.principal = principal;
    line.policy = quota.policy;
    exchange.quota = quota;

    const grant = authorize(principal, match);

    const overQuota = judgeQuota(quota);
    if (overQuota !== undefined) throw overQuota;
    // A client that disconnected during authentication is not watched: the event that would end the watch has already
    // happened.
    if (res.destroyed) return;
    const unwatch = watchedAnswers.watch(principal, (reason) => {
      line.cutFor = reason;
      res.destroy();
    });
    await forward.toUpstream(exchange, grant, decidedAtMs).finally(unwatch);
  }

  /** Session routes: the key service judges the session token. An API key is no session token and is refused here. */
  function passToKeyService(exchange: Exchange, match: Exclude<RouteMatch, { kind: 'none' }>): Promise<void> {
    const { authorization } = exchange.req.headers;
    if (match.route.credential.kind === 'session' && !isSessionCredential(authorization))
      throw invalidSession(authorization);
    if (match.kind === 'other_method') throw methodNotAllowed(match.allow);
    return forward.toKeyService(exchange, match.route);
  }
}

/** Any Bearer credential may be a session token, except one that looks like an API key in any spelling. */
function isSessionCredential(authorization: string | undefined): authorization is string {
  const credential = bearerCredential(authorization);
  return credential !== undefined && !/et_live_/i.test(credential);
}

function invalidSession(authorization: string | undefined): Problem {
  const error = authorization === undefined ? '' : ', error="invalid_token"';
  return new Problem('invalid_session', { headers: { 'WWW-Authenticate': `Bearer realm="engagetrack"${error}` } });
}

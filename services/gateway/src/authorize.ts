import { apiAccessByPlan, missingScope, Problem } from '@engagetrack/contracts';
import type { Principal } from './authenticate.ts';
import type { KnownKey } from './keys/key-directory.ts';
import type { Route, RouteMatch } from './routes/route-table.ts';

declare const granted: unique symbol;

/** A principal on a route it may use: only {@link authorize} makes one, and only a grant is forwarded. */
export interface Grant {
  readonly principal: Principal;
  readonly route: Route;
  readonly [granted]: true;
}

/**
 * Principal + route → Grant.
 * @throws Problem 402, 404, 405 or 403, in this order: a key of another organization learns nothing about paths and
 * methods, and an unknown path looks the same as one of another organization.
 */
export function authorize(principal: Principal, match: RouteMatch): Grant {
  if (!apiAccessByPlan[principal.plan]) throw new Problem('plan_required');
  if (match.kind === 'none') throw new Problem('not_found', { reason: 'no_route' });
  if (!belongsTo(principal, match)) throw new Problem('not_found', { reason: 'other_organization' });
  if (match.kind === 'other_method') throw methodNotAllowed(match.allow);
  const { route } = match;
  if (route.credential.kind !== 'api_key') throw new Problem('not_found', { reason: 'no_route' });
  if (!principal.scopes.includes(route.credential.scope)) throw missingScope(route.credential.scope);
  return grant(principal, route);
}

/** Whether a request is for a known path of the key's own organization. */
export function belongsTo(key: KnownKey, match: RouteMatch): match is Exclude<RouteMatch, { kind: 'none' }> {
  if (match.kind === 'none' || match.route.credential.kind !== 'api_key') return false;
  return match.parameters.get(match.route.credential.tenantParameter) === key.organizationId;
}

/** RFC 9110 section 15.5.6: a 405 lists the allowed methods. */
export function methodNotAllowed(allow: readonly string[]): Problem {
  return new Problem('method_not_allowed', { headers: { Allow: allow.join(', ') } });
}

function grant(principal: Principal, route: Route): Grant {
  return { principal, route } as Grant;
}

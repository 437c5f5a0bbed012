import type { History, PlanChange } from './history.ts';

export interface Span {
  readonly sentAtMs: number;
  readonly endedAtMs: number;
}

/**
 * Whether the organization's plan had API access during a request: `live` throughout, `refused` throughout, or
 * `either` when a change overlaps it. Organizations begin with access.
 */
export function livePlanDuring(
  { planChanges }: Pick<History, 'planChanges'>,
  organizationId: string,
  { sentAtMs, endedAtMs }: Span,
): 'live' | 'refused' | 'either' {
  const changes = planChanges.filter(
    (change) => change.organizationId === organizationId && change.sentAtMs < endedAtMs,
  );
  // A change that is acknowledged before the request is in force, and no older one is.
  const settled = changes.findLastIndex((change) => (change.acknowledgedAtMs ?? Infinity) < sentAtMs);
  const possible = changes.slice(Math.max(settled, 0)).map(hasAccess);
  if (settled === -1) possible.push(true);
  if (possible.every((access) => access)) return 'live';
  return possible.some((access) => access) ? 'either' : 'refused';
}

function hasAccess({ plan }: PlanChange): boolean {
  return plan !== 'maker';
}

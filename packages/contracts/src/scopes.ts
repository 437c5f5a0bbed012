import { z } from 'zod';

/**
 * The scopes, and their texts for people, from which services, pages and messages derive theirs. A new
 * scope is a row of `scopeTable` and a route in services/gateway/config/routes.yaml; a new resource or action gets its
 * texts here, too. The compiler and the tests report the places that are still missing.
 */

export const actions = ['read', 'write'] as const;
export type Action = (typeof actions)[number];

export interface ActionWords {
  /** In a heading. */
  readonly label: string;
  /** In "This key can: change goals". */
  readonly verb: string;
}

export const actionWords: Readonly<Record<Action, ActionWords>> = {
  read: { label: 'Read', verb: 'read' },
  write: { label: 'Write', verb: 'change' },
};

export const resources = ['analytics', 'sites', 'goals', 'funnels', 'annotations', 'visitors'] as const;
export type Resource = (typeof resources)[number];

export interface ResourceWords {
  /** In a heading. */
  readonly label: string;
  /** In "This key can: read stats". */
  readonly noun: string;
  /** A warning beside the resource, where permissions are chosen. */
  readonly note?: string;
}

export const resourceWords: Readonly<Record<Resource, ResourceWords>> = {
  analytics: { label: 'Analytics', noun: 'stats' },
  sites: { label: 'Sites', noun: 'sites' },
  goals: { label: 'Goals', noun: 'goals' },
  funnels: { label: 'Funnels', noun: 'funnels' },
  annotations: { label: 'Annotations', noun: 'annotations' },
  visitors: { label: 'Visitors', noun: 'visitors', note: 'Contains visitor-level data' },
};

/** A scope is called by its resource and its action; a row in which they differ does not compile. */
type RowOf<R extends Resource, A extends Action> = {
  readonly scope: `${R}:${A}`;
  readonly resource: R;
  readonly action: A;
  /** The sentence of the published scope reference. */
  readonly allows: string;
};
type AnyRow = { [R in Resource]: { [A in Action]: RowOf<R, A> }[Action] }[Resource];

/** In the order of the published scope reference. Write never implies read. */
export const scopeTable = [
  {
    scope: 'analytics:read',
    resource: 'analytics',
    action: 'read',
    allows: 'Stats, charts, pages, sources, devices, locations, revenue, channels and all other analytics breakdowns',
  },
  { scope: 'sites:read', resource: 'sites', action: 'read', allows: 'List sites, get site details' },
  { scope: 'goals:read', resource: 'goals', action: 'read', allows: 'List goals, goal stats, goal completions' },
  { scope: 'goals:write', resource: 'goals', action: 'write', allows: 'Update goals, archive and unarchive goals' },
  { scope: 'funnels:read', resource: 'funnels', action: 'read', allows: 'List funnels, view funnel analysis' },
  { scope: 'funnels:write', resource: 'funnels', action: 'write', allows: 'Create, update, delete funnels' },
  { scope: 'annotations:read', resource: 'annotations', action: 'read', allows: 'List annotations' },
  { scope: 'annotations:write', resource: 'annotations', action: 'write', allows: 'Create and delete annotations' },
  { scope: 'visitors:read', resource: 'visitors', action: 'read', allows: 'List visitors, view visitor timelines' },
] as const satisfies readonly AnyRow[];

export type ScopeRow = (typeof scopeTable)[number];
export type Scope = ScopeRow['scope'];

export const scopes: readonly Scope[] = scopeTable.map(({ scope }) => scope);

export const scopeSchema = z.enum(scopes);

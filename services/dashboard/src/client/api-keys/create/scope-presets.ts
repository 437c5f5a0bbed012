import { type Scope, scopes } from '@engagetrack/contracts';

export const presets = ['reporting', 'read_everything', 'custom'] as const;
export type Preset = (typeof presets)[number];

export const presetNames: Readonly<Record<Preset, string>> = {
  reporting: 'Reporting',
  read_everything: 'Read everything',
  custom: 'Custom',
};

export const presetHelp: Readonly<Record<Preset, string>> = {
  reporting: 'Stats and the list of sites. Right for dashboards and reports.',
  read_everything: 'All six kinds of data, visitors included. Cannot change anything.',
  custom: 'Choose each permission yourself.',
};

const presetScopes: Readonly<Record<Exclude<Preset, 'custom'>, readonly Scope[]>> = {
  reporting: ['analytics:read', 'sites:read'],
  read_everything: scopes.filter((scope) => scope.endsWith(':read')),
};

/** @param custom what is ticked in the matrix. */
export function scopesOf(preset: Preset, custom: ReadonlySet<Scope>): readonly Scope[] {
  return preset === 'custom' ? scopes.filter((scope) => custom.has(scope)) : presetScopes[preset];
}

/** A row of the matrix; a resource that cannot be written has no write scope. */
export interface MatrixRow {
  readonly resource: string;
  readonly label: string;
  readonly read: Scope;
  readonly write?: Scope;
  readonly note?: string;
}

export const matrixRows: readonly MatrixRow[] = [
  { resource: 'analytics', label: 'Analytics', read: 'analytics:read' },
  { resource: 'sites', label: 'Sites', read: 'sites:read' },
  { resource: 'goals', label: 'Goals', read: 'goals:read', write: 'goals:write' },
  { resource: 'funnels', label: 'Funnels', read: 'funnels:read', write: 'funnels:write' },
  { resource: 'annotations', label: 'Annotations', read: 'annotations:read', write: 'annotations:write' },
  { resource: 'visitors', label: 'Visitors', read: 'visitors:read', note: 'Contains visitor-level data' },
];

/** Rows that can be written but not read: rarely what was meant, since write never implies read. */
export function rowsWithoutRead(chosen: ReadonlySet<Scope>): readonly MatrixRow[] {
  return matrixRows.filter(({ read, write }) => write !== undefined && chosen.has(write) && !chosen.has(read));
}

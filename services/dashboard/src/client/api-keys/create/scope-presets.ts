import { type Scope, scopes, scopeTable } from '@engagetrack/contracts';
import { numberWord } from '../../number-word.ts';

export const presets = ['reporting', 'read_everything', 'custom'] as const;
export type Preset = (typeof presets)[number];

const readScopes = scopeTable.filter(({ action }) => action === 'read').map(({ scope }) => scope);

const presetScopes: Readonly<Record<Exclude<Preset, 'custom'>, readonly Scope[]>> = {
  reporting: ['analytics:read', 'sites:read'],
  read_everything: readScopes,
};

export const presetNames: Readonly<Record<Preset, string>> = {
  reporting: 'Reporting',
  read_everything: 'Read everything',
  custom: 'Custom',
};

export const presetHelp: Readonly<Record<Preset, string>> = {
  reporting: 'Stats and the list of sites. Right for dashboards and reports.',
  read_everything: `All ${numberWord(readScopes.length)} kinds of data, visitors included. Cannot change anything.`,
  custom: 'Choose each permission yourself.',
};

/** @param custom the scopes that are ticked in the matrix. */
export function scopesOf(preset: Preset, custom: ReadonlySet<Scope>): readonly Scope[] {
  return preset === 'custom' ? scopes.filter((scope) => custom.has(scope)) : presetScopes[preset];
}

import { actions, actionWords, resourceWords, type Scope, scopeTable } from '@engagetrack/contracts';

/** The permissions of these scopes in one line: "This key can: read stats and sites. It cannot change anything." */
export function scopeSentence(scopes: readonly Scope[]): string {
  if (scopes.length === 0) return 'This key cannot do anything yet.';
  const rows = scopeTable.filter(({ scope }) => scopes.includes(scope));
  const abilities = actions.flatMap((action) => {
    const nouns = rows.filter((row) => row.action === action).map(({ resource }) => resourceWords[resource].noun);
    return nouns.length === 0 ? [] : [`${actionWords[action].verb} ${list.format(nouns)}`];
  });
  const reads = rows.filter(({ action }) => action === 'read').length;
  const limits = reads === rows.length ? ' It cannot change anything.' : reads === 0 ? ' It cannot read anything.' : '';
  return `This key can: ${abilities.join(', and ')}.${limits}`;
}

const list = new Intl.ListFormat('en', { type: 'conjunction' });

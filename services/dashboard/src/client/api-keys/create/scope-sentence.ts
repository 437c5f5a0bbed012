import type { Scope } from '@engagetrack/contracts';

const readable: Readonly<Partial<Record<Scope, string>>> = {
  'analytics:read': 'stats',
  'sites:read': 'sites',
  'goals:read': 'goals',
  'funnels:read': 'funnels',
  'annotations:read': 'annotations',
  'visitors:read': 'visitors',
};

const changeable: Readonly<Partial<Record<Scope, string>>> = {
  'goals:write': 'goals',
  'funnels:write': 'funnels',
  'annotations:write': 'annotations',
};

/** What a key with these scopes can do, in one line: "This key can: read stats and sites. It cannot change anything." */
export function scopeSentence(scopes: readonly Scope[]): string {
  const reads = wordsOf(scopes, readable);
  const changes = wordsOf(scopes, changeable);
  if (reads.length + changes.length === 0) return 'This key cannot do anything yet.';
  const abilities = [
    ...(reads.length > 0 ? [`read ${enumerate(reads)}`] : []),
    ...(changes.length > 0 ? [`change ${enumerate(changes)}`] : []),
  ];
  const limits =
    changes.length === 0 ? ' It cannot change anything.' : reads.length === 0 ? ' It cannot read anything.' : '';
  return `This key can: ${abilities.join(', and ')}.${limits}`;
}

function wordsOf(scopes: readonly Scope[], words: Readonly<Partial<Record<Scope, string>>>): readonly string[] {
  return scopes.flatMap((scope) => words[scope] ?? []);
}

const list = new Intl.ListFormat('en', { type: 'conjunction' });

function enumerate(words: readonly string[]): string {
  return list.format(words);
}

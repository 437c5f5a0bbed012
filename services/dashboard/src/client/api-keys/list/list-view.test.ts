import { type ApiKeyRecordBody, apiKeyRecordSchema } from '@engagetrack/contracts';
import { describe, expect, it } from '@jest/globals';
import { dayMs } from '../../time/format.ts';
import { parseListView, pastFilterOf, selectKeys, writeListView } from './list-view.ts';

const nowMs = Date.UTC(2026, 10, 24, 12);
const at = (days: number | null): string | null =>
  days === null ? null : new Date(nowMs + days * dayMs).toISOString();

interface Wish {
  readonly name: string;
  readonly created: number;
  readonly used: number | null;
  readonly expires: number | null;
  readonly revoked?: number;
  readonly lastFour?: string;
}

const keyOf = ({ name, created, used, expires, revoked, lastFour = '0000' }: Wish): ApiKeyRecordBody =>
  apiKeyRecordSchema.parse({
    id: `key_${name.replace(/\W/g, '')}`,
    name,
    preview: `et_live_...${lastFour}`,
    scopes: ['sites:read'],
    created_at: at(created),
    last_used_at: at(used),
    expires_at: at(expires),
    created_by: { id: 'usr_a', name: 'Ada' },
    revoked_at: at(revoked ?? null),
  });

const keys = [
  keyOf({ name: 'Export 10', created: -50, used: -45, expires: null }),
  keyOf({ name: 'export 9', created: -40, used: -1, expires: 20 }),
  keyOf({ name: 'Beacon', created: -2, used: null, expires: 5, lastFour: 'c5d6' }),
];

const shown = (query: string): readonly string[] =>
  selectKeys(keys, parseListView(new URLSearchParams(query)), nowMs).map(({ name }) => name);

describe('the view of the list', () => {
  it('is newest first, and sorts by every column both ways', () => {
    expect(shown('')).toEqual(['Beacon', 'export 9', 'Export 10']);
    expect(shown('sort=name')).toEqual(['Beacon', 'export 9', 'Export 10']);
    expect(shown('sort=name&order=desc')).toEqual(['Export 10', 'export 9', 'Beacon']);
    expect(shown('sort=used')).toEqual(['export 9', 'Export 10', 'Beacon']);
    expect(shown('sort=expires')).toEqual(['Beacon', 'export 9', 'Export 10']);
  });

  it('filters and searches by name and by the last four characters', () => {
    expect(shown('show=idle')).toEqual(['Export 10']);
    expect(shown('show=expiring')).toEqual(['Beacon', 'export 9']);
    expect(shown('q=EXPORT')).toEqual(['export 9', 'Export 10']);
    expect(shown('q=c5d6')).toEqual(['Beacon']);
    expect(shown('q=et_live')).toEqual([]);
  });

  it('keeps revoked and expired keys apart', () => {
    const past = [
      ...keys,
      keyOf({ name: 'Ran out', created: -90, used: -3, expires: -1 }),
      keyOf({ name: 'Taken away', created: -80, used: -3, expires: -2, revoked: -4 }),
    ];
    const names = (filter: string) =>
      selectKeys(past, parseListView(new URLSearchParams(`show=${filter}`)), nowMs).map(({ name }) => name);
    expect([names('expired'), names('revoked'), names('expiring')]).toEqual([
      ['Ran out'],
      ['Taken away'],
      ['Beacon', 'export 9'],
    ]);
    const filters = ['active', 'idle', 'expired', 'revoked'].map((filter) =>
      pastFilterOf(parseListView(new URLSearchParams(`show=${filter}`))),
    );
    expect(filters).toEqual([undefined, undefined, 'expired', 'revoked']);
  });

  it('ignores parameters that are not its own', () => {
    expect(parseListView(new URLSearchParams('sort=constructor&order=up&show=x&page=-3'))).toEqual({
      search: '',
      filter: 'active',
      sort: 'created',
      descending: true,
      page: 1,
    });
  });

  it('survives being written into an address, beside other parameters', () => {
    const view = { search: 'a&b', filter: 'idle', sort: 'name', descending: true, page: 3 } as const;
    const written = writeListView(new URLSearchParams('org=org_a&page=9'), view);
    expect(written.get('org')).toBe('org_a');
    expect(parseListView(new URLSearchParams(written.toString()))).toEqual(view);
    expect(writeListView(written, parseListView(new URLSearchParams())).toString()).toBe('org=org_a');
  });
});

import { idleForDays, isExpired, isExpiringSoon, type ListedKey } from './key-status.ts';

/**
 * Filter, search, order and page of the list. The page's address has all of them, so that a view can be shared and gone
 * back to.
 */
export interface ListView {
  readonly search: string;
  readonly filter: ListFilter;
  readonly sort: SortColumn;
  readonly descending: boolean;
  /** Counts from 1. */
  readonly page: number;
}

export const listFilters = ['active', 'expiring', 'idle', 'expired', 'revoked'] as const;
export type ListFilter = (typeof listFilters)[number];

/** The filters that show revoked or expired keys. */
export type PastFilter = Extract<ListFilter, 'expired' | 'revoked'>;

export function pastFilterOf({ filter }: ListView): PastFilter | undefined {
  return filter === 'expired' || filter === 'revoked' ? filter : undefined;
}

export const sortColumns = ['name', 'used', 'expires', 'created'] as const;
export type SortColumn = (typeof sortColumns)[number];

export const keysPerPage = 25;
const searchLengthMax = 100;
const usualView: ListView = { search: '', filter: 'active', sort: 'created', descending: true, page: 1 };

export function parseListView(parameters: URLSearchParams): ListView {
  const sort = sortColumns.find((column) => column === parameters.get('sort')) ?? usualView.sort;
  const order = parameters.get('order');
  return {
    search: (parameters.get('q') ?? '').slice(0, searchLengthMax),
    filter: listFilters.find((filter) => filter === parameters.get('show')) ?? usualView.filter,
    sort,
    descending: order === 'asc' || order === 'desc' ? order === 'desc' : isDescendingAtFirst(sort),
    page: Math.max(1, Number.parseInt(parameters.get('page') ?? '', 10) || 1),
  };
}

/** The address's parameters for a view. Default values are left out, and parameters of other parts are kept. */
export function writeListView(parameters: URLSearchParams, view: ListView): URLSearchParams {
  const written = new URLSearchParams(parameters);
  const set = (name: string, value: string, isUsual: boolean) => {
    if (isUsual) written.delete(name);
    else written.set(name, value);
  };
  set('q', view.search, view.search === '');
  set('show', view.filter, view.filter === usualView.filter);
  set('sort', view.sort, view.sort === usualView.sort);
  set('order', view.descending ? 'desc' : 'asc', view.descending === isDescendingAtFirst(view.sort));
  set('page', String(view.page), view.page === 1);
  return written;
}

/** The order of the first click: newest and last used first; names from A, and the soonest end first. */
export function isDescendingAtFirst(sort: SortColumn): boolean {
  return sort === 'created' || sort === 'used';
}

/** The keys of a view, on all its pages, in its order. */
export function selectKeys(keys: readonly ListedKey[], view: ListView, nowMs: number): readonly ListedKey[] {
  const wanted = view.search.trim().toLowerCase();
  const selected = keys.filter((key) => matchesSearch(key, wanted) && matchesFilter(key, view.filter, nowMs));
  const compare = comparisons[view.sort];
  return selected.sort((a, b) => (view.descending ? compare(b, a) : compare(a, b)));
}

/** Searches by name or by the last four characters. */
function matchesSearch(key: ListedKey, wanted: string): boolean {
  return wanted === '' || key.name.toLowerCase().includes(wanted) || key.preview.slice(-4).includes(wanted);
}

function matchesFilter(key: ListedKey, filter: ListFilter, nowMs: number): boolean {
  switch (filter) {
    case 'active':
      return true;
    case 'expiring':
      return isExpiringSoon(key, nowMs);
    case 'idle':
      return idleForDays(key, nowMs) !== undefined;
    case 'expired':
      return key.revoked_at === null && isExpired(key, nowMs);
    case 'revoked':
      return key.revoked_at !== null;
  }
}

const names = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

const comparisons: Readonly<Record<SortColumn, (a: ListedKey, b: ListedKey) => number>> = {
  name: (a, b) => names.compare(a.name, b.name),
  used: (a, b) => instantOf(a.last_used_at, 0) - instantOf(b.last_used_at, 0),
  // Keys without an end come after all others.
  expires: (a, b) =>
    instantOf(a.expires_at, Number.MAX_SAFE_INTEGER) - instantOf(b.expires_at, Number.MAX_SAFE_INTEGER),
  created: (a, b) => instantOf(a.created_at, 0) - instantOf(b.created_at, 0),
};

function instantOf(instant: string | null, otherwise: number): number {
  return instant === null ? otherwise : Date.parse(instant);
}

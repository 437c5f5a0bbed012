const knownPaths: ReadonlySet<string> = new Set(['/settings/api-keys', '/settings/billing', '/docs/api-keys']);

export const firstPath = '/settings/api-keys';

/**
 * Parses `?next=` into the path that a log-in leads to.
 *
 * Guarantee: the result is one of the pages of this application, for any text. The whole text must match; no list of
 * bad parts is searched for: a path of ours needs no character that another reader could take for a host.
 */
export function parseNextPath(next: string | null): string {
  const [path = '', query] = (next ?? '').split('?', 2);
  if (!knownPaths.has(path)) return firstPath;
  return query === undefined || !/^[\w=&%+.-]{0,512}$/.test(query) ? path : `${path}?${query}`;
}

/** The address of the log-in page that leads back to the current page. */
export function logInPath({ pathname, search }: { readonly pathname: string; readonly search: string }): string {
  const next = parseNextPath(pathname + search);
  return next === firstPath ? '/login' : `/login?next=${encodeURIComponent(next)}`;
}

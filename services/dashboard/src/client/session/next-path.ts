const knownPaths: ReadonlySet<string> = new Set(['/settings/api-keys', '/settings/billing', '/docs/api-keys']);

export const firstPath = '/settings/api-keys';

/**
 * Where a log-in leads, as far as `?next=` may say so.
 *
 * Guarantee: the result is one of the pages of this application, whatever the text is. It is compared as a whole, not
 * searched for what is bad: a path of ours needs nothing that another reader could take for a host.
 */
export function parseNextPath(next: string | null): string {
  const [path = '', query] = (next ?? '').split('?', 2);
  if (!knownPaths.has(path)) return firstPath;
  return query === undefined || !/^[\w=&%+.-]{0,512}$/.test(query) ? path : `${path}?${query}`;
}

/** The address of the log-in page that leads back to where one is. */
export function logInPath({ pathname, search }: { readonly pathname: string; readonly search: string }): string {
  const next = parseNextPath(pathname + search);
  return next === firstPath ? '/login' : `/login?next=${encodeURIComponent(next)}`;
}

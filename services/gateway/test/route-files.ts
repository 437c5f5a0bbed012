/** A small route table without a fault; each test changes one line. */
export const smallRouteFile = [
  'version: 1',
  'defaults: { timeout: 15s, max_body: 1MiB, rate_limit: standard }',
  'upstreams:',
  `  analytics: { url: "\${UPSTREAM_URL}" }`,
  '  keys: { url: "http://keys:8081" }',
  'rate_limits:',
  '  standard: { limit: 600, window: 60s }',
  'routes:',
  '  - id: sites.list',
  '    match: { methods: [GET], path: "/o/{orgId}/sites" }',
  '    scope: sites:read',
  '    tenant: "{orgId}"',
  '    upstream: analytics',
  '  - id: auth.session',
  '    match: { methods: [GET], path: /api/v1/auth/session }',
  '    credential: session',
  '    upstream: keys',
  '',
].join('\n');

/** The file with one piece replaced. */
export function changed(piece: string, replacement: string): string {
  if (!smallRouteFile.includes(piece)) throw new Error(`The small route file has no ${piece}`);
  // A function, because `$` has a meaning in a replacement text.
  return smallRouteFile.replace(piece, () => replacement);
}

/** The file with one more row. */
export function withRow(...lines: readonly string[]): string {
  return `${smallRouteFile}  - ${lines.join('\n    ')}\n`;
}

/**
 * Removes the mark `§` from a text; it marks the place of the expected complaint.
 * @returns the text without it, and the place as `line:column`, both from 1.
 */
export function unmark(marked: string): { readonly text: string; readonly place: string } {
  const [before = '', after, more] = marked.split('§');
  if (after === undefined || more !== undefined) throw new Error('A marked text has exactly one mark');
  const lines = before.split('\n');
  return { text: before + after, place: `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}` };
}

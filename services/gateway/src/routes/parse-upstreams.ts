import type { Path } from './place-in-yaml.ts';
import type { RouteFile } from './route-file-schema.ts';
import type { Upstream } from './route-table.ts';

/** The upstream that judges log-ins and session tokens: the management path (forward/middleware-transport.ts). */
export const keyService = 'keys';

/** Milliseconds, where a row of `upstreams` does not say otherwise (docs/operations.md). */
const keepAliveUsualMs = 4_000;
const connectionAgeUsualMs = 60_000;

/** Parses the upstreams of a route file by name; the only place that replaces `${NAME}`. */
export function parseUpstreams(
  { upstreams }: RouteFile,
  substitutions: Readonly<Record<string, string>>,
  complain: (path: Path, message: string) => void,
): ReadonlyMap<string, Upstream> {
  const parsed = new Map<string, Upstream>();
  for (const [name, row] of Object.entries(upstreams)) {
    const { url: written } = row;
    const place = ['upstreams', name, 'url'];
    const unset = variablesOf(written).filter((variable) => substitutions[variable] === undefined);
    for (const variable of unset)
      complain(place, `the variable ${variable} is not set; set it to the address of the upstream "${name}"`);
    if (unset.length > 0) continue;
    const substituted = written.replace(variablePattern, (_whole, variable: string) => substitutions[variable] ?? '');
    const url = parseOrigin(substituted);
    if (url !== undefined)
      parsed.set(name, {
        name,
        url,
        via: row.via ?? (name === keyService ? 'http-proxy-middleware' : 'undici'),
        keepAliveMs: row.keep_alive ?? keepAliveUsualMs,
        connectionAgeMaxMs: row.max_connection_age ?? connectionAgeUsualMs,
        retry: row.retry ?? 'safe',
      });
    else
      complain(
        place,
        `"${withoutCredentials(substituted)}" must be an http or https address without a path, such as http://stats:8080`,
      );
  }
  return parsed;
}

const variablePattern = /\$\{([A-Z0-9_]+)\}/g;

function variablesOf(text: string): readonly string[] {
  return [...text.matchAll(variablePattern)].map(([, variable = '']) => variable);
}

/** Scheme, host and port alone: a path or a user would be dropped silently on every request. */
function parseOrigin(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) return undefined;
  return url.href === `${url.origin}/` ? url : undefined;
}

/** Hides the address in a complaint, because an address from the environment may hold a password. */
function withoutCredentials(address: string): string {
  return address.replace(/^([^/]*\/\/).*@/, '$1********@');
}

import { scopes } from '@engagetrack/contracts';
import { describe, expect, it } from '@jest/globals';
import { changed, unmark, withRow } from '../../test/route-files.ts';
import { parseRouteTable } from './parse-route-table.ts';

/** `§` marks the place that the complaint has to name. */
const complaints: readonly (readonly [what: string, marked: string, message: RegExp])[] = [
  [
    'a bracket that is not closed',
    changed('[GET], path: "/o/{orgId}/sites" }', '[GET, path: "/o/{orgId}/sites" §}'),
    /flow/i,
  ],
  ['a tab for indentation', changed('    scope: sites:read', '§\tscope: sites:read'), /tab/i],
  ['a key that stands twice', changed('scope: sites:read', 'scope: sites:read\n    §scope: goals:read'), /unique/],
  ['a row that stands twice in a map', changed('  keys:', '  §analytics: { url: "http://a" }\n  keys:'), /unique/],
  ['a second document', changed('version: 1', 'version: 1\n§---\nversion: 1'), /multiple documents/],
  ['another version', changed('version: 1', 'version: §2'), /version must be 1/],
  [
    'an unknown field of the file',
    changed('version: 1', 'version: 1\n§include: other.yaml'),
    /unknown field "include"/,
  ],
  ['an unknown field of a row', changed('scope:', '§scopes: [a]\n    scope:'), /unknown field "scopes"/],
  [
    'a field that is missing',
    changed('    upstream: analytics\n', '').replace('- id: sites', '- §id: sites'),
    /upstream must be string, but is missing/,
  ],
  [
    'a scope with a typing error',
    changed('sites:read', '§site:read'),
    /scope must be one of .*did you mean "sites:read"\?/,
  ],
  [
    'a scope that resembles none',
    changed('sites:read', '§everything'),
    new RegExp(`scope must be one of ${scopes.join(', ')}$`),
  ],
  ['a method that is not routed', changed('[GET]', '[GET, §HEAD]'), /must be one of GET, POST/],
  ['no method at all', changed('[GET]', '§[]'), /methods/],
  ['a path with a dot', changed('"/o/{orgId}/sites"', '§"/o/{orgId}/sites.json"'), /literal segments/],
  ['a rest that is not last', changed('"/o/{orgId}/sites"', '§"/o/{orgId*}/sites"'), /literal segments/],
  ['a parameter named twice', changed('"/o/{orgId}/sites"', '§"/o/{orgId}/sites/{orgId}"'), /\{orgId\} .*twice/],
  [
    'an upstream that is not defined',
    changed('upstream: analytics', 'upstream: §analytic'),
    /"analytic" is not defined; defined are analytics, keys/,
  ],
  [
    'an upstream named like a member of every object',
    changed('upstream: analytics', 'upstream: §constructor'),
    /not defined/,
  ],
  [
    'a way to an upstream that is not known',
    changed('UPSTREAM_URL}" }', 'UPSTREAM_URL}", via: §undici }'),
    /via must be http-proxy-middleware, or absent/,
  ],
  [
    'a retry that is not known',
    changed('UPSTREAM_URL}" }', 'UPSTREAM_URL}", retry: §all }'),
    /retry must be safe or idempotent/,
  ],
  [
    'an age of connections without a unit',
    changed('UPSTREAM_URL}" }', 'UPSTREAM_URL}", max_connection_age: §60 }'),
    /max_connection_age must be string/,
  ],
  ['a stream that is neither', changed('scope:', 'stream: §yes please\n    scope:'), /stream/],
  [
    'a rate limit that is not defined',
    changed('scope:', 'rate_limit: §fast\n    scope:'),
    /"fast" is not defined; defined are standard/,
  ],
  ['an undefined default rate limit', changed('rate_limit: standard', 'rate_limit: §fast'), /"fast" is not defined/],
  ['a duration without a unit', changed('timeout: 15s', 'timeout: §"15"'), /timeout must be a duration with a unit/],
  ['a duration that is a number', changed('timeout: 15s', 'timeout: §15'), /defaults\.timeout must be string/],
  ['a negative duration', changed('timeout: 15s', 'timeout: §-1s'), /must be a duration/],
  [
    'a deadline of nothing, which would be none',
    changed('timeout: 15s', 'timeout: §0s'),
    /must be a duration .*from 1ms to 24h/,
  ],
  [
    'a duration beyond what a timer can wait',
    changed('timeout: 15s', 'timeout: §597h'),
    /must be a duration .*from 1ms to 24h/,
  ],
  ['a window in parts of a second', changed('window: 60s', 'window: §1500ms'), /must be whole seconds/],
  ['a quota of nothing', changed('limit: 600', 'limit: §0'), /limit/],
  ['a size without a unit', changed('1MiB', '§"1048576"'), /max_body must be a size with a unit/],
  ['a size in another unit', changed('1MiB', '§1MB'), /max_body must be a size with a unit/],
  [
    'a missing scope',
    changed('    scope: sites:read\n', '').replace('- id: sites', '- §id: sites'),
    /"sites\.list" needs a scope/,
  ],
  [
    'a missing tenant',
    changed('    tenant: "{orgId}"\n', '').replace('- id: sites', '- §id: sites'),
    /"sites\.list" needs a tenant/,
  ],
  ['a tenant that is no parameter', changed('"{orgId}"', '§orgId'), /tenant must be a parameter/],
  ['a tenant that is not in the path', changed('"{orgId}"', '§"{siteId}"'), /\{siteId\} is not a parameter of/],
  [
    'a tenant that is the rest',
    changed('/sites"', '/{rest*}"').replace('tenant: "{orgId}"', 'tenant: §"{rest*}"'),
    /tenant must be/,
  ],
  [
    'no credential but at the log-in',
    changed('credential: session', 'credential: §none'),
    /only \/api\/v1\/auth\/login/,
  ],
  ['an unknown credential', changed('credential: session', 'credential: §basic'), /must be api_key, session or none/],
  [
    'a scope on a session route',
    changed('credential: session', 'credential: session\n    scope: §sites:read'),
    /has no scope/,
  ],
  ['a session route to an analytics upstream', changed('upstream: keys', 'upstream: §analytics'), /session .*"keys"/],
  [
    'a row that stands twice',
    withRow('§id: sites.list', 'match: { methods: [GET], path: /x }', 'credential: session', 'upstream: keys').replace(
      '- §id: ',
      '- id: §',
    ),
    /route id "sites\.list" is used twice/,
  ],
  [
    'a request that two rows fit',
    withRow(
      'id: other',
      'match: §{ methods: [PUT, GET], path: "/o/{id}/sites" }',
      'scope: sites:read',
      'tenant: "{id}"',
      'upstream: analytics',
    ),
    /^GET \/o\/id\/sites would fit both "sites\.list" and "other"$/,
  ],
  [
    'a variable that is not set',
    changed(`\${UPSTREAM_URL}`, `\${OTHER_URL}`).replace(`"\${`, `§"\${`),
    /variable OTHER_URL is not set/,
  ],
  [
    'a variable written in small letters',
    changed(`"\${UPSTREAM_URL}"`, `§"\${upstream_url}"`),
    /http or https address/,
  ],
  ['a variable without a name', changed(`"\${UPSTREAM_URL}"`, `§"http://a/\${}"`), /http or https address/],
  ['an upstream with a path', changed('"http://keys:8081"', '§"http://keys:8081/v1"'), /without a path/],
  ['an upstream that is no URL', changed('"http://keys:8081"', '§keys'), /http or https address/],
  ['an upstream of another protocol', changed('"http://keys:8081"', '§"ftp://keys"'), /http or https address/],
  ['an anchor', changed('{ timeout', '&defaults §{ timeout'), /anchors .*not allowed/],
  [
    'an alias of an anchor',
    changed('standard: {', 'standard: &a {').replace(
      'rate_limits:',
      'rate_limits:\n  second: &b { limit: 1, window: 1s }\n  third: §*b',
    ),
    /anchors and aliases/,
  ],
  ['an alias of nothing', changed('[GET]', '§*methods'), /alias/i],
];

describe('the complaint of a route file', () => {
  it.each(complaints)('names the place of %s', (_what, marked, message) => {
    const { text, place } = unmark(marked);
    const parsed = parseRouteTable(text, { substitutions: { UPSTREAM_URL: 'http://stats:8080' } });
    expect(parsed.ok ? [] : parsed.faults.map(({ line, column }) => `${line}:${column}`)).toContain(place);
    const complaint = parsed.ok ? undefined : parsed.faults.find(({ line, column }) => `${line}:${column}` === place);
    expect(complaint?.message).toMatch(message);
  });
});

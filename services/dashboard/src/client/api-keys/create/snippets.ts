import { type OrganizationId, type Scope, scopeTable } from '@engagetrack/contracts';

/** The values that the examples contain. */
export interface SnippetParts {
  readonly gatewayUrl: string;
  readonly organizationId: OrganizationId;
  readonly scopes: readonly Scope[];
}

export const keyVariable = 'ENGAGETRACK_API_KEY';

interface ExampleRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The path below the organization. */
  readonly path: string;
  /** The body, as JSON. */
  readonly body?: string;
}

/** A request that a key with the scope can make; the reader replaces the ids in capitals. */
const exampleByScope: Readonly<Record<Scope, ExampleRequest>> = {
  'analytics:read': { method: 'GET', path: '/sites/SITE_ID/analytics/stats?period=30d' },
  'sites:read': { method: 'GET', path: '/sites' },
  'goals:read': { method: 'GET', path: '/sites/SITE_ID/goals' },
  'goals:write': { method: 'POST', path: '/sites/SITE_ID/goals/GOAL_ID/archive' },
  'funnels:read': { method: 'GET', path: '/sites/SITE_ID/funnels' },
  'funnels:write': {
    method: 'POST',
    path: '/sites/SITE_ID/funnels',
    body: '{"name":"Sign-up","steps":[{"path":"/"},{"path":"/signup"}]}',
  },
  'annotations:read': { method: 'GET', path: '/sites/SITE_ID/annotations' },
  'annotations:write': {
    method: 'POST',
    path: '/sites/SITE_ID/annotations',
    body: '{"date":"2027-01-31","text":"New pricing page"}',
  },
  'visitors:read': { method: 'GET', path: '/sites/SITE_ID/visitors?page=1&limit=50' },
};

/** A key's example is that of its first scope in this order. The list of sites comes first, because it needs no id. */
const exampleOrder: readonly Scope[] = [
  'sites:read',
  ...scopeTable.filter(({ action }) => action === 'read').map(({ scope }) => scope),
  ...scopeTable.filter(({ action }) => action !== 'read').map(({ scope }) => scope),
];

/** The one snippet that contains the key. */
export function environmentSnippet(key: string): string {
  return `${keyVariable}=${key}`;
}

export function curlSnippet(parts: SnippetParts): string {
  const { method, url, body } = exampleFor(parts);
  return [
    `curl ${method === 'GET' ? '' : `-X ${method} `}"${url}"`,
    `  -H "Authorization: Bearer $${keyVariable}"`,
    ...(body === undefined ? [] : ['  -H "Content-Type: application/json"', `  -d '${body}'`]),
  ].join(' \\\n');
}

export function javaScriptSnippet(parts: SnippetParts): string {
  const { method, url, body } = exampleFor(parts);
  const contentType = body === undefined ? '' : ', "Content-Type": "application/json"';
  return [
    `const response = await fetch("${url}", {`,
    ...(method === 'GET' ? [] : [`  method: "${method}",`]),
    `  headers: { Authorization: \`Bearer \${process.env.${keyVariable}}\`${contentType} },`,
    ...(body === undefined ? [] : [`  body: JSON.stringify(${body}),`]),
    '});',
    'console.log(response.status, await response.json());',
  ].join('\n');
}

export function pythonSnippet(parts: SnippetParts): string {
  const { method, url, body } = exampleFor(parts);
  return [
    'import os',
    'import requests',
    '',
    `response = requests.${method.toLowerCase()}(`,
    `    "${url}",`,
    `    headers={"Authorization": f"Bearer {os.environ['${keyVariable}']}"},`,
    ...(body === undefined ? [] : [`    json=${body},`]),
    ')',
    'print(response.status_code, response.json())',
  ].join('\n');
}

/** The example for a page without a key, to run once there is one. */
export function firstCallSnippet(parts: Omit<SnippetParts, 'scopes'>): string {
  return curlSnippet({ ...parts, scopes: ['sites:read'] }).replace(`$${keyVariable}`, 'et_live_your_key_here');
}

function exampleFor({ gatewayUrl, organizationId, scopes }: SnippetParts) {
  const first = exampleOrder.find((scope) => scopes.includes(scope)) ?? 'sites:read';
  const { path, ...example } = exampleByScope[first];
  return { ...example, url: `${gatewayUrl}/api/v1/organizations/${organizationId}${path}` };
}

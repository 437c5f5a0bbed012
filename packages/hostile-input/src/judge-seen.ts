import { marker, otherOrganization, publicHost } from './hostile-input.ts';
import { type SeenRequest, seenField } from './raw-upstream.ts';
import { misreadBy } from './sloppy-interpreters.ts';

/** All fields that the gateway may send to an upstream. */
const allowedFields: ReadonlySet<string> = new Set([
  ...[
    'accept',
    'accept-charset',
    'accept-datetime',
    'accept-encoding',
    'accept-language',
    'cache-control',
    'connection',
    'host',
    'user-agent',
  ],
  ...['content-digest', 'content-disposition', 'content-encoding', 'content-language', 'content-length'],
  ...['content-location', 'content-range', 'content-type', 'transfer-encoding', 'range', 'idempotency-key'],
  'last-event-id',
  ...['if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since', 'traceparent', 'tracestate'],
  ...['x-request-id', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host'],
  ...['x-org-id', 'x-api-key-id', 'x-auth-scopes', 'x-auth-type'],
]);

/** Fields that occur exactly once, each with its form. */
const identity: readonly (readonly [name: string, form: RegExp])[] = [
  ['x-org-id', /^org_[a-z]+$/],
  ['x-api-key-id', /^key_[a-z0-9]{24}$/],
  ['x-auth-scopes', /^[a-z]+:(read|write)( [a-z]+:(read|write))*$/],
  ['x-auth-type', /^api_key$/],
  ['x-forwarded-for', /^127\.0\.0\.1$/],
  ['x-forwarded-proto', /^http$/],
  ['x-forwarded-host', new RegExp(`^${publicHost.replaceAll('.', '\\.')}$`)],
];

/** The reason why the upstream must not see such a request, from any input; undefined when it may. */
export function complaintAboutSeen(request: SeenRequest): string | undefined {
  if (!request.complete) return request.fields.length === 0 && request.head !== '' ? 'unreadable bytes' : undefined;
  const names = request.fields.map(([name]) => name.toLowerCase());
  const foreign = names.find((name) => !allowedFields.has(name));
  if (foreign !== undefined) return `the field ${foreign}`;
  if (new Set(names).size !== names.length) return 'a field twice';
  for (const [name, form] of identity)
    if (!form.test(seenField(request, name).join('\n'))) return `${name}: ${seenField(request, name).join()}`;
  if (seenField(request, 'x-org-id')[0] === otherOrganization) return 'the other organization’s identity';
  if (/et_live_|et_session_/.test(request.head)) return 'a credential';
  // The query and the body may carry the marker; a field may not.
  const marked = request.fields.find(([, value]) => value.includes(marker));
  if (marked !== undefined) return `a spoofed ${marked[0]}`;
  const misreaders = misreadBy(request.target);
  return misreaders.length > 0
    ? `a target that is another one to an upstream that ${misreaders.join(', or ')}`
    : undefined;
}

import { corpusLines, jsonFiles } from '../corpora.ts';
import { type Family, type HostileInput, type InputKit, organization, otherOrganization } from '../hostile-input.ts';

/**
 * Hostile documents, ids and queries for the key service, by way of the gateway. The key service has limits of its own
 * (log-ins by address, keys by organization), so later inputs of this family test less, and the family stays small.
 */
export const keyService: Family = {
  name: 'key service',
  weight: 2,
  isProcessorBound: true,
  *inputs(kit) {
    for (const document of documents)
      for (const path of [apiKeys, '/api/v1/auth/login']) yield post(kit, path, document);
    for (const { text } of jsonFiles()) yield post(kit, apiKeys, text);
    for (const { text } of corpusLines('sql', 'nosql', 'xss', 'text', 'number')) {
      const short = text.slice(0, 300);
      yield post(kit, apiKeys, JSON.stringify({ name: short, scopes: [short] }));
      yield get(kit, `${apiKeys}?limit=${encodeURIComponent(short)}`);
      yield get(kit, `${apiKeys}?cursor=${encodeURIComponent(short)}`);
      yield get(kit, `${apiKeys}/${encodeURIComponent(short).slice(0, 120)}`, kit.random.pick(['GET', 'DELETE']));
    }
    for (;;) {
      yield post(kit, kit.random.pick([apiKeys, foreignKeys]), mutatedDocument(kit));
      yield get(
        kit,
        `${kit.random.pick([apiKeys, foreignKeys])}/key_${kit.random.pick(['x', 'unknown', 'a'.repeat(60), '0', '__proto__'])}`,
        kit.random.pick(['GET', 'DELETE']),
      );
    }
  },
};

const apiKeys = `/api/v1/organizations/${organization}/api-keys`;
const foreignKeys = `/api/v1/organizations/${otherOrganization.replace('other', 'nobody')}/api-keys`;

const documents: readonly string[] = [
  ...[
    '',
    'null',
    '[]',
    '{}',
    '"x"',
    '0',
    'true',
    '{',
    '}',
    '{"a"',
    '{"a":',
    '{"a":1',
    "{'a':1}",
    '\ufeff{}',
    '\xef\xbb\xbf{}',
    '\0',
    '1e400',
    '{"name":1e400}',
  ],
  ...['[', '{"a":'].map((unit) => unit.repeat(20_000)),
  ...[
    '{"__proto__":{"scopes":["goals:write"]},"name":"x"}',
    '{"constructor":{"prototype":{"scopes":["goals:write"]}},"name":"x"}',
  ],
  ...[
    '{"name":"x","scopes":["sites:read"],"key":"et_live_00000000000000000000000000000000"}',
    '{"name":"x","scopes":["sites:read"],"organization_id":"org_other"}',
  ],
  ...[
    '{"name":"x","name":"y","scopes":["*"]}',
    '{"name":"\\ud800","scopes":["sites:read"]}',
    '{"name":"\\u0000","scopes":["sites:read"]}',
  ],
  `{"name":"${'x'.repeat(60_000)}","scopes":["sites:read"]}`,
  `{${Array.from({ length: 5_000 }, (_, n) => `"k${n}":1`).join()}}`,
  `{"name":"x","scopes":[${'"sites:read",'.repeat(4_000)}"sites:write"]}`,
  `{"name":"${'x'.repeat(70_000)}"}`,
];

function mutatedDocument({ random }: InputKit): string {
  const text = '{"name":"Warehouse","scopes":["sites:reed"],"expires_at":"2020-01-01T00:00:00Z"}';
  const at = Math.floor(random.next() * text.length);
  return (
    text.slice(0, at) +
    String.fromCharCode(Math.floor(random.next() * 256)) +
    text.slice(at + (random.next() < 0.5 ? 1 : 0))
  );
}

function post(kit: InputKit, target: string, body: string): HostileInput {
  const nonce = kit.next();
  const lines = ['Content-Type: application/json', `Content-Length: ${body.length}`];
  return {
    nonce,
    what: `POST ${target} ${JSON.stringify(body.slice(0, 200))}`,
    pieces: [kit.head({ nonce, method: 'POST', target, authorization: `Bearer ${kit.keys.session}`, lines }) + body],
    expects: { seen: [0, 0], statuses: [201, 400, 401, 404, 413, 429], fromKeyService: true },
  };
}

function get(kit: InputKit, target: string, method = 'GET'): HostileInput {
  const nonce = kit.next();
  return {
    nonce,
    what: `${method} ${target}`,
    pieces: [kit.head({ nonce, method, target, authorization: `Bearer ${kit.keys.session}` })],
    expects: { seen: [0, 0], statuses: [200, 400, 404, 414], fromKeyService: true },
  };
}

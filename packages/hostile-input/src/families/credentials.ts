import { corpusLines } from '../corpora.ts';
import { type Family, type HostileInput, type InputKit, otherOrganization, sites } from '../hostile-input.ts';

const digits = '0123456789abcdef';

/** Keys that are nearly valid: changed, guessed, of another organization, in another place. */
export const credentials: Family = {
  name: 'credentials',
  weight: 6,
  *inputs(kit) {
    const { full } = kit.keys;
    yield* elsewhere(kit);
    for (let at = 0; at < full.length; at += 1)
      for (let code = 0; code < 256; code += 5) {
        const byte = String.fromCharCode(code);
        for (const key of [
          full.slice(0, at) + byte + full.slice(at + 1),
          full.slice(0, at) + byte + full.slice(at),
          full.slice(0, at) + full.slice(at + 1),
        ])
          if (key.trim() !== full) yield refusedKey(kit, `Bearer ${key}`);
      }
    for (const scheme of [
      'Bearer',
      'bearer',
      'Basic',
      'Digest',
      'Token',
      'ApiKey',
      'Negotiate',
      '',
      'Bearer Bearer',
      'Bearer:',
      'Bearer\t',
      'Bearer ',
    ])
      for (const key of [
        kit.keys.revoked,
        kit.keys.session,
        full.toUpperCase(),
        `"${full}"`,
        `${full},`,
        `${full} ${full}`,
        full.slice(0, 20),
      ])
        yield refusedKey(kit, `${scheme} ${key}`);
    for (const { text } of corpusLines('sql', 'nosql', 'other', 'number'))
      yield refusedKey(kit, `Bearer ${text.slice(0, 4_000)}`);
    for (;;) {
      const guess = Array.from({ length: 32 }, () => kit.random.pick([...digits])).join('');
      yield refusedKey(kit, `Bearer et_live_${guess}`);
    }
  },
};

/**
 * 401, or 429 when the address has failed too often; 400 when the parser refuses the bytes, 503 when no look-up is
 * possible in time.
 */
function refusedKey(kit: InputKit, authorization: string): HostileInput {
  const nonce = kit.next();
  return {
    nonce,
    what: `Authorization of ${authorization.length} characters`,
    pieces: [kit.head({ nonce, authorization })],
    expects: { seen: [0, 0], statuses: [400, 401, 429, 431, 503], maySaveTheAnswer: /[\r\n]/.test(authorization) },
  };
}

const everyMethod = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Sends a live key to routes that it may not use. */
function* elsewhere(kit: InputKit): Generator<HostileInput> {
  const { full, narrow, other } = kit.keys;
  const foreign = `/api/v1/organizations/${otherOrganization}`;
  const places = [
    ...['', '/site_1', '/site_1/analytics/stats', '/site_1/goals/goal_1'].flatMap((below) => [
      [other, sites + below] as const,
      [full, `${foreign}/sites${below}`] as const,
    ]),
    ...['/analytics/stats', '/visitors', '/goals', '/funnels', '/annotations'].map(
      (below) => [narrow, `${sites}/site_1${below}`] as const,
    ),
    ...[
      '/api/v1/organizations/org_demo/api-keys',
      '/api/v1/auth/session',
      '/internal/introspect',
      '/metrics',
      '/readyz',
    ].map((target) => [full, target] as const),
  ];
  for (const [key, target] of places)
    for (const method of everyMethod) {
      const nonce = kit.next();
      const lines = method === 'GET' || method === 'HEAD' ? [] : ['Content-Length: 0'];
      yield {
        nonce,
        what: `${method} ${target} with a key that is not for it`,
        pieces: [kit.head({ nonce, method, target, authorization: `Bearer ${key}`, lines })],
        methods: [method],
        expects: { seen: [0, 0], statuses: [401, 403, 404, 405] },
      };
    }
}

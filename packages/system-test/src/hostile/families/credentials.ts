import { corpusLines } from '../corpora.ts';
import { type Family, type HostileInput, type InputKit, otherOrganization, sites } from '../hostile-input.ts';

const digits = '0123456789abcdef';

/** Keys that are nearly one: changed, guessed, of another organization, in another place. */
export const credentials: Family = {
  name: 'credentials',
  weight: 6,
  *inputs(kit) {
    const { full } = kit.keys;
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
      yield elsewhere(kit);
    }
  },
};

/** 401, or 429 once the address has failed too often; 400 where the parser itself refuses the bytes. */
function refusedKey(kit: InputKit, authorization: string): HostileInput {
  const nonce = kit.next();
  return {
    nonce,
    what: `Authorization of ${authorization.length} characters`,
    pieces: [kit.head({ nonce, authorization })],
    expects: { seen: [0, 0], statuses: [400, 401, 429, 431], maySaveTheAnswer: /[\r\n]/.test(authorization) },
  };
}

/** A live key where it has no business. */
function elsewhere(kit: InputKit): HostileInput {
  const nonce = kit.next();
  const { random, keys } = kit;
  const [key, target] = random.pick([
    [keys.other, sites],
    [keys.other, `${sites}/site_1/analytics/stats`],
    [keys.full, `/api/v1/organizations/${otherOrganization}/sites`],
    [keys.full, `/api/v1/organizations/${otherOrganization}/sites/site_1/goals`],
    [keys.narrow, `${sites}/site_1/analytics/stats`],
    [keys.narrow, `${sites}/site_1/visitors`],
    [keys.full, '/api/v1/organizations/org_demo/api-keys'],
    [keys.full, '/api/v1/auth/session'],
    [keys.full, '/internal/introspect'],
    [keys.full, '/metrics'],
  ] as const);
  const method = random.pick(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
  return {
    nonce,
    what: `${method} ${target} with a key that is not for it`,
    pieces: [
      kit.head({
        nonce,
        method,
        target,
        authorization: `Bearer ${key}`,
        lines: method === 'GET' || method === 'HEAD' ? [] : ['Content-Length: 0'],
      }),
    ],
    methods: [method],
    expects: { seen: [0, 0], statuses: [401, 403, 404, 405] },
  };
}

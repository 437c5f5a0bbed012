import type { Family, HostileInput, InputKit } from '../hostile-input.ts';
import { sites } from '../hostile-input.ts';
import { expectationFor } from '../judge-target.ts';

/**
 * Indexes for insertions: in front, behind the first slash, behind the version, inside the organization, at the end.
 */
export const positions: readonly number[] = [0, 1, '/api/v1'.length, sites.indexOf('demo'), sites.length];

const byteCount = 256;

/** Every single byte at every position, then random pairs and triples, then whole targets of unusual pieces. */
export const paths: Family = {
  name: 'paths',
  weight: 40,
  *inputs(kit) {
    for (const position of positions)
      for (let byte = 0; byte < byteCount; byte += 1) yield inputFor(kit, insert(position, String.fromCharCode(byte)));
    for (;;) {
      const { random } = kit;
      const position = random.pick(positions);
      const byte = () => String.fromCharCode(Math.floor(random.next() * byteCount));
      yield inputFor(kit, insert(position, byte() + byte()));
      yield inputFor(kit, insert(position, byte() + byte() + byte()));
      yield inputFor(kit, awkwardTarget(kit));
    }
  },
};

export function insert(position: number, text: string): string {
  return sites.slice(0, position) + text + sites.slice(position);
}

const awkwardPieces: readonly string[] = [
  ...[
    '/',
    '//',
    '\\',
    '.',
    '..',
    '/../',
    '/./',
    '...',
    ';',
    ';x=1',
    '..;',
    '%',
    '%2e',
    '%2E',
    '%2f',
    '%5c',
    '%00',
    '%0a',
    '%0d%0a',
  ],
  ...[
    '%25',
    '%252e',
    '%252f',
    '%c0%ae',
    '%c0%af',
    '%e0%80%ae',
    '%uff0e',
    '%u002e',
    '%ef%bc%8f',
    '\xc0\xaf',
    '\xff',
    '\x7f',
    '\t',
    ' ',
  ],
  ...[
    '?',
    '#',
    '&',
    '=',
    '+',
    '*',
    '@',
    ':',
    ':80',
    '//evil.test',
    'http://evil.test',
    '[',
    ']',
    '{',
    '}',
    '|',
    '^',
    '`',
    '"',
    "'",
    '<',
    '>',
  ],
  ...[
    'api',
    'v1',
    'organizations',
    'org_demo',
    'org_other',
    'sites',
    'site_1',
    'analytics',
    'stats',
    'api-keys',
    'internal',
    'metrics',
  ],
  ...[
    '/api',
    '/v1',
    '/organizations',
    '/org_demo',
    '/org_other',
    '/sites',
    '/analytics',
    '/stats',
    '/api-keys',
    sites,
    'null',
    '__proto__',
  ],
];

function awkwardTarget({ random }: InputKit): string {
  const start = random.pick([sites, '', '/', '/api/v1/organizations/']);
  const count = 1 + Math.floor(random.next() * 5);
  return start + Array.from({ length: count }, () => random.pick(awkwardPieces)).join('');
}

function inputFor(kit: InputKit, target: string): HostileInput {
  const nonce = kit.next();
  return {
    nonce,
    what: `GET ${JSON.stringify(target)}`,
    pieces: [kit.head({ nonce, target })],
    expects: expectationFor(target),
  };
}

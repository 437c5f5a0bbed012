import {
  annotations,
  type Family,
  type HostileInput,
  type InputKit,
  otherOrganization,
  sites,
} from '../hostile-input.ts';

interface Step {
  readonly status: number;
  /** Whether the upstream sees it. */
  readonly isSeen: boolean;
  readonly closes: boolean;
  readonly method: string;
  text(kit: InputKit, nonce: string): string;
}

const stepsMost = 30;

/** Requests of every kind one behind the other, as fast as they can be written. */
export const pipelines: Family = {
  name: 'pipelines',
  weight: 3,
  *inputs(kit) {
    for (const first of steps) for (const second of steps) yield inputFor(kit, [first, second]);
    for (;;) {
      const count = 1 + Math.floor(kit.random.next() ** 3 * stepsMost);
      yield inputFor(
        kit,
        Array.from({ length: count }, () => kit.random.pick(steps)),
      );
    }
  },
};

const keep = { connection: null };
const good = { status: 200, isSeen: true, closes: false, method: 'GET' };
const bad = { status: 401, isSeen: false, closes: false, method: 'GET' };
const broken = { status: 400, isSeen: false, closes: true, method: 'GET' };

const steps: readonly Step[] = [
  { ...good, text: (kit, nonce) => kit.head({ nonce, ...keep }) },
  { ...good, text: (kit, nonce) => kit.head({ nonce, ...keep, target: `${sites}?a=b` }) },
  { ...good, method: 'HEAD', text: (kit, nonce) => kit.head({ nonce, ...keep, method: 'HEAD' }) },
  {
    ...good,
    method: 'POST',
    text: (kit, nonce) =>
      `${kit.head({ nonce, ...keep, method: 'POST', target: annotations, lines: ['Content-Length: 5'] })}hello`,
  },
  {
    ...good,
    method: 'POST',
    text: (kit, nonce) =>
      `${kit.head({ nonce, ...keep, method: 'POST', target: annotations, lines: ['Transfer-Encoding: chunked'] })}5\r\nhello\r\n0\r\n\r\n`,
  },
  {
    ...good,
    text: (kit, nonce) => kit.head({ nonce, ...keep, lines: ['X_Org_Id: org_other', 'x.org.id: org_other'] }),
  },
  { ...good, text: (kit, nonce) => `${kit.head({ nonce, ...keep, lines: ['Content-Length: 5'] })}hello` },
  {
    ...good,
    text: (kit, nonce) =>
      `${kit.head({ nonce, ...keep, lines: ['Transfer-Encoding: chunked'] })}5\r\nhello\r\n0\r\n\r\n`,
  },
  { ...good, closes: true, text: (kit, nonce) => kit.head({ nonce }) },
  { ...bad, text: (kit, nonce) => kit.head({ nonce, ...keep, authorization: null }) },
  { ...bad, text: (kit, nonce) => kit.head({ nonce, ...keep, authorization: `Bearer ${kit.keys.revoked}` }) },
  {
    ...bad,
    status: 404,
    text: (kit, nonce) => kit.head({ nonce, ...keep, target: sites.replace('org_demo', otherOrganization) }),
  },
  {
    ...bad,
    status: 404,
    text: (kit, nonce) => kit.head({ nonce, ...keep, authorization: `Bearer ${kit.keys.other}` }),
  },
  {
    ...bad,
    status: 405,
    text: (kit, nonce) => kit.head({ nonce, ...keep, method: 'PUT', lines: ['Content-Length: 0'] }),
  },
  {
    ...bad,
    status: 403,
    text: (kit, nonce) =>
      kit.head({ nonce, ...keep, target: `${sites}/site_1/goals`, authorization: `Bearer ${kit.keys.narrow}` }),
  },
  { ...broken, text: (kit, nonce) => kit.head({ nonce, ...keep, target: '//' }) },
  { ...broken, text: (kit, nonce) => kit.head({ nonce, ...keep, lines: ['X Org Id: org_other'] }) },
  { ...broken, text: () => 'GARBAGE\r\n\r\n' },
  { ...broken, text: (kit, nonce) => kit.head({ nonce, connection: 'Upgrade', lines: ['Upgrade: websocket'] }) },
  { ...broken, text: (kit, nonce) => kit.head({ nonce, method: 'CONNECT', target: 'evil.test:80' }) },
];

function inputFor(kit: InputKit, chosen: readonly Step[]): HostileInput {
  const nonce = kit.next();
  const end = chosen.findIndex(({ closes }) => closes);
  const answered = end === -1 ? chosen : chosen.slice(0, end + 1);
  const seen = answered.filter(({ isSeen }) => isSeen).length;
  return {
    nonce,
    what: chosen.map(({ method, status }) => `${method} (${status})`).join(', '),
    pieces: [chosen.map((step) => step.text(kit, nonce)).join('')],
    methods: answered.map(({ method }) => method),
    expects: { seen: [seen, seen], inOrder: answered.map(({ status }) => status) },
  };
}

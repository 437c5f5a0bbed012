import type { RequestListener } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type GatewayHarness, type KeyOptions, organizationA, organizationB, startGateway } from './harness.ts';

/** A request that is admitted as it is; faults are added to it. */
interface Attempt {
  readonly key: KeyOptions & { readonly quotaSpent?: boolean; readonly revoked?: boolean; readonly absent?: boolean };
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly authorityDown?: boolean;
  readonly upstream: RequestListener;
}

interface Fault {
  readonly name: string;
  readonly status: number;
  readonly provoke: (attempt: Attempt) => Attempt;
  /** Names of faults that this one makes impossible. */
  readonly cannotMeet?: readonly string[];
}

const pathIn = (organization: string): string => `/api/v1/organizations/${organization}/annotations`;

const sound: Attempt = {
  key: { scopes: ['annotations:write'] },
  method: 'POST',
  path: pathIn(organizationA),
  headers: {},
  body: '{"text":"launch"}',
  upstream: (_req, res) => res.end('{}'),
};

/** `400/414/431 > 401 > 402 > 404 > 405 > 403 > 429 > 413 > 502/503/504 > the upstream's own answer`, rank by rank. */
const ranks: readonly (readonly Fault[])[] = [
  [
    { name: '400', status: 400, provoke: (to) => ({ ...to, path: `${to.path}/` }) },
    { name: '414', status: 414, provoke: (to) => ({ ...to, path: `${to.path}?${'q'.repeat(4_097)}` }) },
    { name: '431', status: 431, provoke: (to) => ({ ...to, headers: { ...to.headers, ...manyFields(101) } }) },
  ],
  [
    { name: '401 revoked', status: 401, provoke: (to) => ({ ...to, key: { ...to.key, revoked: true } }) },
    {
      name: '401 no key',
      status: 401,
      provoke: (to) => ({ ...to, key: { ...to.key, absent: true } }),
      cannotMeet: ['402', '403', '429'],
    },
  ],
  [{ name: '402', status: 402, provoke: (to) => ({ ...to, key: { ...to.key, plan: 'maker' } }) }],
  [
    {
      name: '404 other organization',
      status: 404,
      provoke: (to) => ({ ...to, path: to.path.replace(organizationA, organizationB) }),
    },
    {
      name: '404 no route',
      status: 404,
      provoke: (to) => ({ ...to, path: to.path.replace('annotations', 'nothing') }),
      cannotMeet: ['405', '403', '413'],
    },
  ],
  [{ name: '405', status: 405, provoke: (to) => ({ ...to, method: 'PATCH' }) }],
  [{ name: '403', status: 403, provoke: (to) => ({ ...to, key: { ...to.key, scopes: ['annotations:read'] } }) }],
  [{ name: '429', status: 429, provoke: (to) => ({ ...to, key: { ...to.key, quotaSpent: true } }) }],
  [{ name: '413', status: 413, provoke: (to) => ({ ...to, body: 'x'.repeat(1_025) }) }],
  [
    { name: '502', status: 502, provoke: (to) => ({ ...to, upstream: (req) => req.socket.destroy() }) },
    {
      name: '503',
      status: 503,
      provoke: (to) => ({ ...to, authorityDown: true }),
      // 401 comes before all of these, and without the authority it is unknown whether 401 is due.
      cannotMeet: ['401 revoked', '402', '404 other organization', '404 no route', '405', '403', '429', '413'],
    },
    { name: '504', status: 504, provoke: (to) => ({ ...to, upstream: () => undefined }) },
  ],
  [
    {
      name: 'the upstream’s own 418',
      status: 418,
      provoke: (to) => ({ ...to, upstream: (_req, res) => res.writeHead(418).end() }),
      // Each is another behaviour of the one upstream.
      cannotMeet: ['502', '504'],
    },
  ],
];

const faults = ranks.flat();
const pairs = ranks.flatMap((rank, index) =>
  rank.flatMap((first) =>
    ranks
      .slice(index + 1)
      .flat()
      .filter((second) => canMeet(first, second))
      .map((second) => [first.name, second.name, first, second] as const),
  ),
);

describe('the order of answers', () => {
  let gateway: GatewayHarness;
  beforeAll(async () => {
    gateway = await startGateway({
      routesFile: fileURLToPath(new URL('./strict-routes.yaml', import.meta.url)),
      defaultTimeoutMs: 100,
    });
  });
  afterAll(() => gateway.stop());
  beforeEach(() => {
    gateway.received.length = 0;
  });

  it('begins with a request that is admitted', async () => {
    expect(await statusOf(sound)).toBe(200);
  });

  it.each(faults.map((fault) => [fault.name, fault] as const))('can provoke %s', async (_name, fault) => {
    expect(await statusOf(fault.provoke(sound))).toBe(fault.status);
  });

  it.each(pairs)('puts %s before %s', async (_first, _second, first, second) => {
    const attempts = [second.provoke(first.provoke(sound)), first.provoke(second.provoke(sound))];
    for (const attempt of attempts) expect(await statusOf(attempt)).toBe(first.status);
    // The gateway alone decides the ranks before 502.
    expect(gateway.received).toEqual([]);
  });

  it('was tested for every two ranks', () => {
    for (const [index, rank] of ranks.entries())
      for (const later of ranks.slice(index + 1))
        expect(pairs.some(([, , first, second]) => rank.includes(first) && later.includes(second))).toBe(true);
  });

  /** Brings the key into its state by requests that do not count, then sends the attempt. */
  async function statusOf({ key, method, path, headers, body, authorityDown = false, upstream }: Attempt) {
    const { authorization, keyId } = gateway.issueKey(key);
    const url = gateway.url + path;
    const credential = key.absent === true ? {} : { authorization };
    if (key.quotaSpent === true) {
      gateway.answerUpstreamWith(sound.upstream);
      await send(gateway.url + sound.path, { method: 'POST', headers: { authorization }, body: sound.body });
      gateway.received.length = 0;
    }
    if (key.revoked === true) await gateway.markRevoked(keyId);
    gateway.answerUpstreamWith(upstream);
    gateway.setAuthorityDown(authorityDown);
    try {
      return await send(url, { method, headers: { ...headers, ...credential }, body });
    } finally {
      gateway.setAuthorityDown(false);
    }
  }
});

async function send(url: string, request: { method: string; headers: Record<string, string>; body: string }) {
  const answer = await fetch(url, { ...request, signal: AbortSignal.timeout(5_000) });
  await answer.arrayBuffer();
  return answer.status;
}

function canMeet(first: Fault, second: Fault): boolean {
  return !first.cannotMeet?.includes(second.name) && !second.cannotMeet?.includes(first.name);
}

function manyFields(count: number): Readonly<Record<string, string>> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-field-${i}`, '1']));
}

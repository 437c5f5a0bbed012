import type { GoodTask } from '../load-messages.ts';
import { balancerOrigin, natOrigin } from '../origins.ts';
import type { Ground } from '../start-ground.ts';
import { guessing } from './guesses.ts';
import { type Flood, sites } from './row.ts';

const users = 5_000;
const usersRequestsPerSecond = 300;
/** Users of a session among those of a key: one in so many. */
const sessionEvery = 20;
const sessionPath = '/api/v1/auth/session';
/** Connections and pieces of the one who misbehaves. */
const misbehaving = { connections: 64, aheadMax: 64 };

/** Innocent callers who share an address with somebody who misbehaves. */
export const neighbours: readonly Flood[] = [
  guessing({ what: 'a NAT of 5,000 users, one guesses', from: natOrigin, connections: 64, good: usersBehindNat }),
  guessing({ what: 'a NAT of 5,000 users, one sends pieces', from: natOrigin, ...misbehaving, good: usersBehindNat }),
  guessing({
    what: 'a layer-4 balancer, one caller floods',
    from: balancerOrigin,
    ...misbehaving,
    good: ({ port, goodKeys }) => ({
      kind: 'good',
      port,
      from: balancerOrigin,
      calls: goodKeys.map((bearer) => ({ path: sites, bearer })),
      requestsPerSecond: 150,
      connections: 64,
      remadeShare: 0.5,
      rampSeconds: 1,
    }),
  }),
];

/** A connection each; a tenth of the answers is followed by a new connection, as of users who come back. */
function usersBehindNat({ port, neighbourKeys, sessions }: Ground): GoodTask {
  const calls = neighbourKeys.flatMap((bearer, n) =>
    n % sessionEvery === 0
      ? [
          { path: sites, bearer },
          { path: sessionPath, bearer: sessions[(n / sessionEvery) % sessions.length] ?? '' },
        ]
      : [{ path: sites, bearer }],
  );
  return {
    kind: 'good',
    port,
    from: natOrigin,
    calls,
    requestsPerSecond: usersRequestsPerSecond,
    connections: users,
    remadeShare: 0.1,
    rampSeconds: 8,
  };
}

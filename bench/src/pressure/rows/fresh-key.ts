import { setTimeout as delay } from 'node:timers/promises';
import { askGateway } from '../ask-gateway.ts';
import { guesserOrigin } from '../origins.ts';
import type { Ground } from '../start-ground.ts';
import { type Finding, stats, type Trial } from './row.ts';

/** Milliseconds. A fresh key that works later fails the row; a key that never works is given up after the second. */
const worksWithinMs = 5_000;
const givenUpMs = 10_000;
const tryEveryMs = 250;
/** Milliseconds: by then the guesser has spent what its address may fail. */
const guessedForMs = 2_000;

/** A key that no gateway has met begins to be used at the address of somebody who guesses keys. */
export const freshKey: Trial = {
  kind: 'trial',
  what: "a fresh key behind a guesser's address",
  promise: `works within ${worksWithinMs / 1_000} s`,
  run: async (ground, isShort) => {
    const { attack, port } = ground;
    await attack.begin({
      kind: 'guesses',
      port,
      path: stats,
      connections: 64,
      guessesPerSecond: 1_000,
      aheadMax: 1,
      from: guesserOrigin,
    });
    await delay(guessedForMs);
    const tries: Try[] = [];
    while (tries.length < (isShort ? 2 : 5)) tries.push(await useFreshKey(ground));
    await attack.end();
    return judge(tries);
  },
};

interface Try {
  readonly worksAfterMs: number | undefined;
  readonly statuses: ReadonlyMap<number, number>;
}

async function useFreshKey({ port, createKey }: Ground): Promise<Try> {
  const { key: bearer } = await createKey();
  const statuses = new Map<number, number>();
  const sinceMs = performance.now();
  while (performance.now() - sinceMs < givenUpMs) {
    const status = await askGateway(port, { path: stats, bearer }, guesserOrigin);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status === 200) return { worksAfterMs: performance.now() - sinceMs, statuses };
    await delay(tryEveryMs);
  }
  return { worksAfterMs: undefined, statuses };
}

function judge(tries: readonly Try[]): Finding {
  const measured = tries
    .map(({ worksAfterMs, statuses }) => {
      const refusals = [...statuses]
        .filter(([status]) => status !== 200)
        .map(([status, count]) => `${count} × ${status}`);
      const time =
        worksAfterMs === undefined ? `not in ${givenUpMs / 1_000} s` : `${(worksAfterMs / 1_000).toFixed(1)} s`;
      return [time, ...refusals].join(', ');
    })
    .join('; ');
  const late = tries.filter(({ worksAfterMs = Number.POSITIVE_INFINITY }) => worksAfterMs > worksWithinMs).length;
  const falsely = tries.filter(({ statuses }) => statuses.has(401)).length;
  return {
    measured,
    faults: [
      ...(late > 0 ? [`${late} of ${tries.length} fresh keys did not work in time`] : []),
      ...(falsely > 0 ? ['a live key was answered 401'] : []),
    ],
    slowness: [],
  };
}

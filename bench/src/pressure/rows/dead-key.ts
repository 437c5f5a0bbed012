import { setTimeout as delay } from 'node:timers/promises';
import { askGateway } from '../ask-gateway.ts';
import type { Origin } from '../load-messages.ts';
import { stats, type Trial } from './row.ts';

/** An address of its own, which has failed nothing yet. */
const from: Origin = { localAddress: '127.0.0.1', forwardedFor: '203.0.113.11' };
const retriesPerSecond = 200;
/** Milliseconds: the dead key has by then been refused more often than an address may fail in a minute. */
const retriedForMs = 2_000;
const calls = 20;
const callEveryMs = 150;

/** A rotation: the old key is revoked, its client goes on with it, and the replacement starts at the same address. */
export const deadKey: Trial = {
  kind: 'trial',
  what: 'a dead key retried beside its replacement',
  promise: 'the replacement never gets 429',
  run: async ({ attack, port, createKey, revokeKey }) => {
    const old = await createKey();
    const first = await askGateway(port, { path: stats, bearer: old.key }, from);
    await revokeKey(old.id);
    await attack.begin({
      kind: 'guesses',
      port,
      path: stats,
      connections: 16,
      guessesPerSecond: retriesPerSecond,
      aheadMax: 1,
      from,
      deadKey: old.key,
    });
    await delay(retriedForMs);
    const { key: bearer } = await createKey();
    const statuses = new Map<number, number>();
    for (let n = 0; n < calls; n += 1) {
      const status = await askGateway(port, { path: stats, bearer }, from);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      await delay(callEveryMs);
    }
    const { counts } = await attack.end();
    const faults = [...statuses]
      .filter(([status]) => status !== 200)
      .map(([status, count]) => `the replacement got ${count} × ${status}`);
    if (first !== 200) faults.push(`the old key was answered ${first} before it was revoked`);
    if ((counts['answered 200'] ?? 0) > 0) faults.push('the dead key was admitted');
    return {
      measured: `replacement ${[...statuses].map(([status, count]) => `${count} × ${status}`).join(', ')}; dead key refused ${(counts['answered 401'] ?? 0) + (counts['answered 429'] ?? 0)} times`,
      faults,
      slowness: [],
    };
  },
};

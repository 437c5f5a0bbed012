import { announcementFaults } from './announcement-faults.ts';
import { clockFaults } from './clock-faults.ts';
import { armed, type Fault } from './fault.ts';
import { linkFaults } from './link-faults.ts';
import { postgresFaults } from './postgres-faults.ts';
import { processFaults } from './process-faults.ts';
import { redisFailover } from './redis-failover.ts';
import { redisFaults } from './redis-faults.ts';

/** Nothing is wrong: what every other row is compared with. */
export const noFault: Fault = {
  id: 'F00.healthy',
  what: 'nothing',
  holdMs: [0, 0],
  promises: {},
  arm: armed(() => ({ inject: async () => undefined, heal: async () => undefined })),
};

/** Those that leave Redis's memory alone come first: after the others, acknowledgements are slower for a while by design. */
export const faults: readonly Fault[] = [
  noFault,
  ...announcementFaults,
  ...processFaults.filter(({ id }) => !id.startsWith('F01')),
  ...clockFaults,
  ...postgresFaults,
  ...linkFaults,
  ...redisFaults,
  ...processFaults.filter(({ id }) => id.startsWith('F01')),
  redisFailover,
];

/** Those whose id is, or begins with, one of the names: `F04`, `F04.flushall`. All of them without a name. */
export function faultsNamed(names: readonly string[]): readonly Fault[] {
  if (names.length === 0) return faults;
  for (const name of names)
    if (!faults.some(({ id }) => isNamed(id, name)))
      throw new Error(`There is no fault ${name}; there are ${faults.map(({ id }) => id).join(', ')}`);
  return faults.filter(({ id }) => names.some((name) => isNamed(id, name)));
}

function isNamed(id: string, name: string): boolean {
  return id === name || id.startsWith(`${name}.`);
}

import { announcementFaults } from './announcement-faults.ts';
import { clockFaults } from './clock-faults.ts';
import { combinedFaults, randomCombination, sabotage } from './combined-faults.ts';
import { armed, type Fault } from './fault.ts';
import { linkFaults } from './link-faults.ts';
import { postgresFaults } from './postgres-faults.ts';
import { processFaults } from './process-faults.ts';
import { redisFailover } from './redis-failover.ts';
import { redisFaults } from './redis-faults.ts';
import { resourceFaults } from './resource-faults.ts';
import { rollingDeployment } from './rolling-deployment.ts';
import { upstreamFaults } from './upstream-faults.ts';

/** No fault: the reference for every other row. */
const healthy: Fault = {
  id: 'F00.healthy',
  what: 'nothing',
  holdMs: [0, 0],
  promises: { acknowledgedMs: { p50: 10, p99: 50 } },
  aftermath: 'none',
  arm: armed(() => ({ inject: async () => undefined, heal: async () => undefined })),
};

/** A separate row, because the acknowledgements of the row before are timed. */
const healthyLimits: Fault = { ...healthy, id: 'F00.limits', what: 'nothing; a key over its limit', promises: {} };

export const faults: readonly Fault[] = [
  healthy,
  healthyLimits,
  ...announcementFaults,
  ...processFaults,
  rollingDeployment,
  ...clockFaults,
  ...resourceFaults,
  ...upstreamFaults,
  ...postgresFaults,
  ...linkFaults,
  ...redisFaults,
  redisFailover,
  ...combinedFaults,
  randomCombination,
];

/** The faults whose id is, or begins with, one of the names: `F04`, `F04.flushall`. All of them without a name. */
export function faultsNamed(names: readonly string[]): readonly Fault[] {
  if (names.length === 0) return faults;
  const known = [...faults, sabotage];
  for (const name of names)
    if (!known.some(({ id }) => isNamed(id, name)))
      throw new Error(`There is no fault ${name}; there are ${faults.map(({ id }) => id).join(', ')}`);
  return known.filter(({ id }) => names.some((name) => isNamed(id, name)));
}

function isNamed(id: string, name: string): boolean {
  return id === name || id.startsWith(`${name}.`);
}

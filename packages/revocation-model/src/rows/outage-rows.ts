import { protocolRow, type RowGroup } from './row.ts';

/** The outage extension of section 4.11: a renewer that cannot reach the authority goes on for up to E. */
export function outageRows(isLarge: boolean): RowGroup {
  const outageTicks = isLarge ? 4 : 3;
  return {
    title: 'The outage extension',
    rows: [
      protocolRow({
        wording: 'outage extension: failover',
        promise: 'holds with the outage extension over a failover, and acknowledgement stays within reach',
        expected: 'holds',
        bounds: { outageTicks, faults: { failover: 1 }, lateCommands: isLarge ? 1 : 0 },
        goals: ['acknowledged', 'trusted'],
      }),
      protocolRow({
        wording: 'outage extension: restart + FLUSHALL',
        promise: 'holds with the outage extension over a restart and FLUSHALL',
        expected: 'holds',
        bounds: { outageTicks, faults: { restart: 1, flushAll: 1 }, lateCommands: 1 },
        goals: ['acknowledged', 'trusted'],
      }),
      protocolRow({
        wording: 'outage extension: 2 renewers',
        promise: 'holds with the outage extension and two renewers',
        expected: 'holds',
        bounds: { outageTicks: 3, renewers: 2, instancesLeave: isLarge },
      }),
      protocolRow({
        wording: 'outage extension: failover and restart together',
        promise: 'holds with the outage extension over a failover and a restart in one run',
        expected: 'holds',
        bounds: { outageTicks: 3, faults: { failover: 1, restart: 1 } },
      }),
      protocolRow({
        wording: 'outage extension: "moved on" by a row instead of a finished cycle',
        promise: 'finds an instance that counts as moved on and goes on with an older snapshot',
        expected: 'violated',
        without: ['movedOnByFinishedCycle'],
        bounds: { outageTicks: 3, faults: { failover: 1 } },
      }),
      protocolRow({
        wording: 'outage extension: slow path still waits L + drift',
        promise: 'finds a key that is alive for longer than L + drift after the commit',
        expected: 'violated',
        without: ['slowPathAsksInstances'],
        bounds: { outageTicks: 3 },
      }),
      protocolRow({
        wording: 'outage extension: fast path still L + drift',
        promise: 'finds a generation extended for longer than the fast path looks back',
        expected: 'violated',
        without: ['fastPathWindowOfOutage'],
        bounds: { outageTicks: 3, faults: { failover: 1 } },
      }),
      protocolRow({
        wording: 'outage extension: snapshot of another generation',
        promise: 'finds a generation extended on the strength of a snapshot confirmed on another one',
        expected: 'violated',
        without: ['outageSnapshotOfGeneration'],
        bounds: { outageTicks: 3, faults: { failover: 1 } },
      }),
      protocolRow({
        wording: 'outage extension: instances leave the register once their last lease is over',
        promise: 'holds when an instance leaves the register only after its last lease',
        expected: 'holds',
        bounds: { outageTicks, instancesLeave: true, faults: { failover: 1 } },
      }),
      protocolRow({
        wording: 'outage extension: an instance leaves the register at once',
        promise: 'finds a lease that outlives the registration of the instance that gave it',
        expected: 'violated',
        without: ['leaveAfterLease'],
        bounds: { outageTicks: 3, instancesLeave: true },
      }),
    ],
  };
}

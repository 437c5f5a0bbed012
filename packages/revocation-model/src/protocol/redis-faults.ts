import { type Action, usualAction } from '../system.ts';
import { hostPairs, type Protocol } from './protocol.ts';
import { clearDataSet, copyDataSet, isEmpty, isSameData, isWritable } from './redis.ts';
import { type FaultKind, type RedisHost, roles } from './state.ts';

/**
 * The actions and faults of Redis itself. Replication and saving to disk copy everything at any
 * moment or never: a promoted replica or a restarted process has the state of any earlier moment.
 */
export function createRedisActions(protocol: Protocol): Action[] {
  const { bounds, rules, state } = protocol;
  const canFail = (kind: FaultKind): boolean => (bounds.faults[kind] ?? 0) > 0;
  // Where states are merged and nothing can fail back, all of a disk but its marker is forgotten at once.
  const savesMarkerOnly = bounds.mergesAlike && (bounds.faults.failover ?? 0) <= 1;
  return hostPairs(protocol).flatMap(({ host, other }) => [
    ...(canFail('failover') || !rules.trustWritesFirst
      ? [replicate(host, other), failOver(host, other), demote(host, other)]
      : []),
    ...(canFail('restart') ? [save(host), restart(host)] : []),
    ...(canFail('restart') || canFail('restartEmpty') ? [restartEmpty(host)] : []),
    ...(canFail('flushAll') ? [flushAll(host)] : []),
    ...(canFail('scriptFlush') ? [flushScripts(host)] : []),
    ...(canFail('eviction') ? [evict(host)] : []),
    ...(canFail('clockStepsBack') ? [stepClockBack(host)] : []),
  ]);

  function replicate(host: RedisHost, other: RedisHost): Action {
    return usualAction(
      () => `${host.name} catches up with the replication from ${other.name}.`,
      () => {
        if (host.role !== roles.replica || isSameData(other.live, host.live)) return false;
        copyDataSet(other.live, host.live);
        return true;
      },
    );
  }

  function failOver(host: RedisHost, other: RedisHost): Action {
    return fault(
      'failover',
      () =>
        `Failover: ${host.name} is promoted; ${other.name} is cut off and still answers every client that reaches it.`,
      () => {
        if (host.role !== roles.replica || host.promotableLeft > 0) return false;
        host.role = roles.primary;
        other.role = roles.cutOffPrimary;
        // A promotion changes the replication id, so scripts that compare it do not trust this process any more.
        if (bounds.comparesReplicationId) host.scripts = 0;
        return true;
      },
    );
  }

  function demote(host: RedisHost, other: RedisHost): Action {
    return usualAction(
      () => `${host.name} learns of the failover: it becomes a replica and takes the data of ${other.name}.`,
      () => {
        if (host.role !== roles.cutOffPrimary) return false;
        host.role = roles.replica;
        copyDataSet(other.live, host.live);
        if (rules.failbackAfterLease && (bounds.faults.failover ?? 0) > 1) host.promotableLeft = bounds.leaseTicks;
        return true;
      },
    );
  }

  function save(host: RedisHost): Action {
    return usualAction(
      () => `${host.name} saves its data to disk.`,
      () => {
        const isSaved = savesMarkerOnly ? host.live.marker === host.disk.marker : isSameData(host.live, host.disk);
        if (isSaved) return false;
        copyDataSet(host.live, host.disk);
        return true;
      },
    );
  }

  function restart(host: RedisHost): Action {
    return fault(
      'restart',
      () => `${host.name} crashes and restarts with the data it had saved last.`,
      () => {
        if (host.scripts === 0 && isSameData(host.disk, host.live)) return false;
        copyDataSet(host.disk, host.live);
        host.scripts = 0;
        return true;
      },
    );
  }

  function restartEmpty(host: RedisHost): Action {
    return fault(
      canFail('restart') ? 'restart' : 'restartEmpty',
      () => `${host.name} crashes and restarts empty.`,
      () => {
        if (host.scripts === 0 && isEmpty(host.live)) return false;
        clearDataSet(host.live);
        clearDataSet(host.disk);
        host.scripts = 0;
        return true;
      },
    );
  }

  function flushAll(host: RedisHost): Action {
    return fault(
      'flushAll',
      () => `FLUSHALL on ${host.name}.`,
      () => {
        if (!isWritable(host) || isEmpty(host.live)) return false;
        clearDataSet(host.live);
        return true;
      },
    );
  }

  function flushScripts(host: RedisHost): Action {
    return fault(
      'scriptFlush',
      () => `SCRIPT FLUSH on ${host.name}.`,
      () => {
        if (host.scripts === 0) return false;
        host.scripts = 0;
        return true;
      },
    );
  }

  function evict(host: RedisHost): Action {
    return fault(
      'eviction',
      () => `${host.name} evicts the marker.`,
      () => {
        if (host.live.marker === 0) return false;
        host.live.marker = 0;
        return true;
      },
    );
  }

  function stepClockBack(host: RedisHost): Action {
    return fault(
      'clockStepsBack',
      () => `The clock of ${host.name} steps back by one tick.`,
      () => {
        if (host.lead === 0) return false;
        host.lead -= 1;
        return true;
      },
    );
  }

  /** A fault uses up one of its kind, and one of all. */
  function fault(kind: FaultKind, describe: () => string, change: () => boolean): Action {
    const { faults } = state;
    const ofKind = faults.kinds[kind];
    return {
      isFault: true,
      isUrgent: false,
      describe,
      step: () => {
        if (ofKind.left === 0 || faults.total === 0 || !change()) return false;
        ofKind.left -= 1;
        faults.total -= 1;
        return true;
      },
    };
  }
}

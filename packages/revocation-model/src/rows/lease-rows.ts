import type { Bounds } from '../protocol/bounds.ts';
import { protocolRow, type RowGroup } from './row.ts';

const redisFaults: Bounds['faults'] = { failover: 1, restart: 1, flushAll: 1, scriptFlush: 1 };

/**
 * The rows about the lease. They were first found with a coarser model of an earlier wording; here they are asked of the
 * full protocol, whose steps are finer.
 */
export function leaseRows(isLarge: boolean): RowGroup {
  return {
    title: 'The lease',
    rows: [
      protocolRow({
        wording: 'chosen, 1 renewer, 3 faults',
        promise: 'holds with one renewer over any three Redis faults',
        expected: 'holds',
        bounds: { faults: redisFaults, faultsTotal: 3, lateCommands: isLarge ? 1 : 0 },
      }),
      protocolRow({
        wording: 'chosen, 2 renewers, 1 fault',
        promise: 'holds with two renewers over any one Redis fault',
        expected: 'holds',
        bounds: { renewers: 2, faults: redisFaults, faultsTotal: 1 },
      }),
      protocolRow({
        wording: 'chosen, 2 gateways, 1 renewer, 2 faults',
        promise: 'holds with two gateways that have tables over any two Redis faults',
        expected: 'holds',
        bounds: {
          gateways: 2,
          faults: isLarge ? redisFaults : { failover: 1, flushAll: 1 },
          faultsTotal: 2,
        },
      }),
      protocolRow({
        wording: 'chosen, 2 renewers, 2 faults',
        promise: 'holds with two renewers over any two Redis faults, searched to the end',
        expected: 'holds',
        bounds: { renewers: 2, faults: redisFaults, faultsTotal: 2 },
      }),
      protocolRow({
        wording: 'DELETE acknowledged without marker confirmation or lease wait',
        promise: 'finds the plain stale admission when the acknowledgement has no proof',
        expected: 'violated',
        without: ['acknowledgementNeedsProof'],
        bounds: {},
      }),
      protocolRow({
        wording: 'fast acknowledgement ignores that the other instance may hold a lease',
        promise: 'finds the marker on one primary and the gateway on the other',
        expected: 'violated',
        without: ['ledgerChecked'],
        bounds: { renewers: 2, faults: { failover: 1 } },
      }),
      protocolRow({
        wording: 'lease extended although the witness is gone',
        promise: 'finds FLUSHALL before an extension that does not look at the witness',
        expected: 'violated',
        without: ['extensionChecksWitness'],
        bounds: { faults: { flushAll: 1 } },
      }),
      protocolRow({
        wording: 'reload not bound to its token',
        promise: 'finds FLUSHALL during a reload that does not look at its token',
        expected: 'violated',
        without: ['reloadToken'],
        bounds: { faults: { flushAll: 1 } },
      }),
      protocolRow({
        wording: 'no process binding, token binding kept',
        promise: 'finds nothing without process binding while every restart also loses the token',
        expected: 'holds',
        without: ['processBinding'],
        bounds: { faults: { restartEmpty: 2, flushAll: 1 } },
      }),
      protocolRow({
        wording: 'neither process nor token binding',
        promise: 'finds a restart during a reload that is bound to nothing',
        expected: 'violated',
        without: ['processBinding', 'reloadToken'],
        bounds: { faults: { restartEmpty: 1 } },
      }),
      protocolRow({
        wording: 'lease counted from the renewal instead of from the snapshot start',
        promise: 'finds a snapshot before the commit and a renewal after it',
        expected: 'violated',
        without: ['leaseFromTime'],
        bounds: { renewers: 2 },
      }),
      protocolRow({
        wording: 'eviction may drop one marker',
        promise: 'finds the evicted marker: noeviction is a precondition',
        expected: 'violated',
        bounds: { faults: { eviction: 1 } },
      }),
    ],
  };
}

import type { Bounds } from '../protocol/bounds.ts';
import { brokenRuleRows } from './broken-rule-rows.ts';
import { protocolRow, type Row, type RowGroup } from './row.ts';

const failover: Bounds['faults'] = { failover: 1 };

/** The protocol of section 4, and each of its rules turned off or worded as before. */
export function protocolRows(isLarge: boolean): RowGroup {
  return { title: 'The protocol', rows: [...fullProtocol(isLarge), ...brokenRuleRows(), ...settings(isLarge)] };
}

function fullProtocol(isLarge: boolean): Row[] {
  return [
    protocolRow({
      wording: 'section 4, no fault, 2 renewers, liveness',
      promise: 'holds without faults, and the fast acknowledgement stays within reach',
      expected: 'holds',
      bounds: { renewers: 2, hasSlowPath: false },
      goals: ['acknowledged', 'trusted'],
    }),
    protocolRow({
      wording: 'section 4, liveness after faults',
      promise: 'comes back to trust and to the fast acknowledgement when faults have ended',
      expected: 'holds',
      bounds: {
        hasSlowPath: false,
        faults: { failover: 1, restart: 1, flushAll: 1, scriptFlush: 1 },
        faultsTotal: isLarge ? 4 : 2,
      },
      goals: ['acknowledged', 'trusted'],
    }),
    protocolRow({
      wording: 'section 4, failover + restart + FLUSHALL + SCRIPT FLUSH, clocks apart',
      promise: 'holds over failover, restart, FLUSHALL and SCRIPT FLUSH in one run with clocks apart',
      expected: 'holds',
      bounds: {
        faults: { failover: 1, restart: 1, flushAll: 1, scriptFlush: 1 },
        faultsTotal: isLarge ? 4 : 3,
        clockLeadTicks: 1,
      },
    }),
    protocolRow({
      wording: 'section 4, 2 renewers, failover',
      promise: 'holds with two renewers over a failover',
      expected: 'holds',
      bounds: { renewers: 2, driftTicks: 1, leaseTicks: isLarge ? 3 : 2, faults: failover },
    }),
    protocolRow({
      wording: 'section 4, 2 renewers, failover + FLUSHALL, drift 0',
      promise: 'holds with two renewers over a failover and FLUSHALL without any drift allowance',
      expected: 'holds',
      bounds: { renewers: 2, faults: { failover: 1, flushAll: 1 } },
    }),
    protocolRow({
      wording: 'section 4, 2 restarts + FLUSHALL',
      promise: 'holds over two restarts and FLUSHALL',
      expected: 'holds',
      bounds: { faults: { restart: 2, flushAll: 1 }, lateCommands: 1 },
    }),
    protocolRow({
      wording: 'section 4, 2 renewers, restart',
      promise: 'holds with two renewers over a restart',
      expected: 'holds',
      bounds: { renewers: 2, faults: { restart: 1 }, lateCommands: 1 },
    }),
    protocolRow({
      wording: 'section 4, explicit gateways with cache fill',
      promise: 'holds with gateways that fill their tables and ask the authority',
      expected: 'holds',
      bounds: { gateways: 2, faults: failover, clockLeadTicks: isLarge ? 1 : 0 },
    }),
    protocolRow({
      wording: 'section 4, late delivery',
      promise: 'holds when a witness command arrives after its sender has given it up',
      expected: 'holds',
      bounds: {
        lateCommands: 1,
        faults: { failover: 1, restart: 1, flushAll: 1, scriptFlush: 1 },
        faultsTotal: isLarge ? 3 : 2,
      },
    }),
    protocolRow({
      wording: 'section 4, instances skip what they confirmed on g',
      promise: 'holds when instances remember on which generation they confirmed a marker',
      expected: 'holds',
      bounds: {
        remembersConfirmed: true,
        faults: { failover: 1, restart: 1, flushAll: 1 },
        faultsTotal: isLarge ? 3 : 2,
      },
    }),
    protocolRow({
      wording: 'section 4, states not merged',
      promise: 'holds when no states are merged, so merging hides nothing there',
      expected: 'holds',
      bounds: { faults: { failover: 1, flushAll: 1 }, mergesAlike: false },
    }),
  ];
}

function settings(isLarge: boolean): Row[] {
  return [
    protocolRow({
      wording: 'demoted and promoted again within L (exception X7)',
      promise: 'finds the stated exception: a process demoted and promoted again within L',
      expected: 'violated',
      without: ['failbackAfterLease'],
      bounds: { faults: { failover: 2 } },
    }),
    protocolRow({
      wording: 'same with the replication id compared',
      promise: 'holds over that, too, when scripts compare the replication id',
      expected: 'holds',
      without: ['failbackAfterLease'],
      bounds: {
        faults: { failover: 2, ...(isLarge ? { flushAll: 1 } : {}) },
        comparesReplicationId: true,
        clockLeadTicks: isLarge ? 1 : 0,
      },
    }),
    protocolRow({
      wording: 'section 4, failover and fail back after L',
      promise: 'holds over a failover and a fail back that waits for L',
      expected: 'holds',
      bounds: { faults: { failover: 2, flushAll: 1 }, clockLeadTicks: isLarge ? 1 : 0 },
    }),
    protocolRow({
      wording: 'Redis clock stepped back (exception X1)',
      promise: 'finds the stated exception: the clock of a Redis process stepped back',
      expected: 'violated',
      bounds: { faults: { clockStepsBack: 1 }, clockLeadTicks: 1 },
    }),
    protocolRow({
      wording: 'authority read shared although it began before the request arrived',
      promise: 'finds a request that shares an authority read from before its arrival',
      expected: 'violated',
      without: ['fallbackReadAfterArrival'],
      bounds: { gateways: 1 },
    }),
  ];
}

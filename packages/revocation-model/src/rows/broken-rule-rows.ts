import type { Bounds } from '../protocol/bounds.ts';
import type { RuleName } from '../rules.ts';
import { protocolRow, type Row } from './row.ts';

const failover: Bounds['faults'] = { failover: 1 };

/** The protocol minus one rule, or with one rule in its older wording: every one of them must be found broken. */
export function brokenRuleRows(): Row[] {
  const broken = (
    wording: string,
    promise: string,
    without: readonly RuleName[],
    bounds: Partial<Bounds> = { faults: failover },
  ): Row => protocolRow({ wording, promise, expected: 'violated', without, bounds });
  return [
    broken('ledger row before TIME', 'finds a witness that outlives its ledger row', ['timeBeforeRow']),
    broken(
      'a cycle goes on after a reconnect (no generation-bound commands)',
      'finds a cycle that goes on with another process after a reconnect',
      ['cycleBound'],
    ),
    broken('reload markers not bound to g', 'finds a reload whose markers land on another process', [
      'reloadMarkersBound',
    ]),
    broken('cycle markers not bound to g', 'finds an extension whose markers land on another process', [
      'cycleMarkersBound',
    ]),
    broken(
      'TIME read on another process than the extension',
      'finds a lease counted by the clock of another process',
      ['timeFromSameProcess'],
      { faults: failover, clockLeadTicks: 1 },
    ),
    broken(
      'scripts loaded after the markers',
      'finds a restart between the markers and the scripts',
      ['scriptsFirst'],
      {
        faults: { restart: 1 },
      },
    ),
    broken('SCRIPT LOAD re-sent by the client', 'finds the scripts of one generation on two processes', [
      'scriptsLoadedOnce',
    ]),
    broken('a generation number drawn twice', 'finds one generation that two reloads believe their own', [
      'freshGeneration',
    ]),
    broken(
      'relative expiry, delayed delivery',
      'finds a delayed command that gives its lease from its arrival on',
      ['absoluteExpiry'],
      {},
    ),
    broken(
      'lease counted from the renewal',
      'finds a lease that begins long after the snapshot behind it',
      ['leaseFromTime'],
      {},
    ),
    broken(
      'ledger row after (or in one transaction with) the snapshot',
      'finds a cycle whose snapshot is older than its ledger row',
      ['rowBeforeSnapshot'],
    ),
    broken('ledger read before the commit', 'finds a cycle between the ledger read and the commit', [
      'ledgerAfterCommit',
    ]),
    broken('one ledger row per instance, overwritten', 'finds a generation whose ledger row was overwritten', [
      'rowsInserted',
    ]),
    broken(
      'fast acknowledgement without the ledger',
      'finds a second generation that the fast path does not ask about',
      ['ledgerChecked'],
    ),
    broken('"only this instance renewed"', 'finds two generations renewed by one instance', ['ledgerNamesGenerations']),
    broken('mark by plain SET', 'finds the mark on the process that holds no witness', [
      'markChecksWitness',
      'markBoundToProcess',
    ]),
    broken('mark "if witness = g" by an unbound script', 'finds the mark beside a copied witness', [
      'markBoundToProcess',
    ]),
    broken(
      'reload not bound to its token',
      'finds FLUSHALL between the markers and the witness of a reload',
      ['reloadToken'],
      {
        faults: { flushAll: 1 },
      },
    ),
    broken(
      'no process binding, last second lost',
      'finds a restart that keeps the witness and loses the marker',
      ['processBinding'],
      {
        faults: { restart: 1 },
      },
    ),
    broken(
      '"not yet propagated" as one flag in the database',
      'finds a revocation propagated to one generation and withheld from another',
      ['markersUntilConfirmed'],
    ),
    broken(
      '"not yet propagated" as a sequence cursor (no fault needed)',
      'finds a cursor that passed a revocation before its commit',
      ['noSequenceCursor'],
      {},
    ),
    broken('wait counted from revoked_at', 'finds a commit that came late in the wait', ['waitFromCommit'], {}),
    broken(
      'repeated DELETE answered early',
      'finds the repetition answered before the first DELETE was',
      ['repeatedDeleteWaits'],
      {},
    ),
    broken(
      'admission script that only asks whether a witness exists',
      "finds a copied witness trusted by another generation's script",
      ['admissionNamesGeneration'],
    ),
    broken(
      'old primary demoted, a trusting script that does not write',
      'finds a demoted primary that says trusted because it need not write',
      ['trustWritesFirst'],
    ),
  ];
}

import { endCycle } from './cycle.ts';
import { cyclePrograms, programs } from './programs.ts';
import type { Protocol } from './protocol.ts';
import { clearDataSet } from './redis.ts';
import { type DataSet, lateKinds, phases, type RedisHost, type Renewer, roles } from './state.ts';
import { createLeaseOf } from './step-parts.ts';

/**
 * Merges states that behave alike when every rule is on. Each of these is sound because the dropped part can, from here
 * on, only add markers or ledger rows, and both only refuse requests or delay the acknowledgement.
 *
 * 1. The data that a restart or a failover brings back does not matter when none can happen any more; a replica that
 *    can never be promoted again answers READONLY for ever.
 * 2. The scripts of a generation are on the process that its reload chose, or nowhere (SCRIPT FLUSH, restart). A witness
 *    or token of it elsewhere matters only if a demotion can copy it back to that process.
 * 3. A reload whose scripts or token are gone, or whose lease would be over, never sets its witness: it has ended.
 * 4. An extension whose witness is gone, or whose lease would be over, never extends: it has ended. With the outage
 *    extension this counts only after its ledger row, because a row can say that the instance has moved on.
 * 5. After the commit every snapshot shows the revocation, whenever it is taken; so it is taken at once. After the
 *    acknowledgement the ledger is not read, so the row before the snapshot is passed over, too.
 */
export function createMergeAlike(protocol: Protocol): () => void {
  const { state, rules, bounds } = protocol;
  const { redisA, redisB, renewers, deletion, ledger, late, faults } = state;
  const leaseOf = createLeaseOf(protocol);
  const orders = cyclePrograms(rules);
  const isOutageOn = bounds.outageTicks > 0;
  const rowStep = { reload: orders.reload.indexOf('row'), extension: orders.extension.indexOf('row') };
  const snapshotStep = { reload: orders.reload.indexOf('snapshot'), extension: orders.extension.indexOf('snapshot') };
  const hasDisk = (bounds.faults.restart ?? 0) > 0;
  let canFailOver = false;
  let canRestart = false;

  return () => {
    canFailOver = faults.kinds.failover.left > 0;
    canRestart = faults.kinds.restart.left > 0;
    settleHost(redisA);
    settleHost(redisB);
    for (const renewer of renewers) endHopelessReload(renewer);
    if (late.kind !== lateKinds.none && late.until === 0) forgetLate();
    settleWitnesses(redisA, redisB);
    settleWitnesses(redisB, redisA);
    for (const renewer of renewers) endHopelessExtension(renewer);
    if (late.kind === lateKinds.extend && !isWitness(late.generation)) forgetLate();
    if (late.kind === lateKinds.witness && !isToken(late.generation)) forgetLate();
    settleScripts();
    if (deletion.phase === phases.acknowledged) forgetLedger();
    if (deletion.phase >= phases.committed) for (const renewer of renewers) takeSnapshotNow(renewer);
  };

  function settleHost(host: RedisHost): void {
    if (hasDisk && !canRestart) clearDataSet(host.disk);
    if (canFailOver) return;
    host.promotableLeft = 0;
    if (host.role !== roles.replica) return;
    clearDataSet(host.live);
    clearDataSet(host.disk);
    host.scripts = 0;
  }

  function endHopelessReload(renewer: Renewer): void {
    if (renewer.program !== programs.reload) return;
    const { generation, step } = renewer;
    const hasToken = step > 1;
    if (isOutageOn && hasToken && step <= rowStep.reload) return;
    const isOver = hasToken && leaseOf(renewer.until) === 0;
    const isLost = !areScriptsLoaded(generation) || (hasToken && !isToken(generation));
    if (isOver || isLost) endCycle(renewer);
  }

  function endHopelessExtension(renewer: Renewer): void {
    const { program, generation, step } = renewer;
    if (isOutageOn && renewer.snapshotGeneration !== 0) forgetHopelessSnapshot(renewer);
    if (program !== programs.extension && program !== programs.outage) return;
    if (isOutageOn && program === programs.extension && step <= rowStep.extension) return;
    // The memory of confirmed markers outlives a hopeless cycle, so with that memory the cycle ends by itself.
    const isOver = renewer.until === 0 && !bounds.remembersConfirmed;
    if (isOver || !isWitness(generation)) endCycle(renewer);
  }

  function forgetHopelessSnapshot(renewer: Renewer): void {
    const { snapshotGeneration } = renewer;
    if (renewer.snapshotUntil > 0 && (isWitness(snapshotGeneration) || isReloaded(snapshotGeneration))) return;
    renewer.snapshotGeneration = 0;
    renewer.snapshotUntil = 0;
  }

  /** A witness or token counts on the process that has the scripts, and where it can be copied to that process. */
  function settleWitnesses(host: RedisHost, other: RedisHost): void {
    const comesBack = canTakeOver(other) ? other.scripts : 0;
    settleData(host.live, host.scripts | comesBack);
    if (canRestart) settleData(host.disk, comesBack);
  }

  /** The host can still become a replica, take the data of the other one, and then be promoted with its scripts. */
  function canTakeOver(host: RedisHost): boolean {
    if (bounds.comparesReplicationId) return false;
    const failoversNeeded = host.role === roles.primary ? 2 : 1;
    return faults.kinds.failover.left >= failoversNeeded;
  }

  function settleData(data: DataSet, scripts: number): void {
    if (((scripts >> data.witness) & 1) === 0) {
      data.witness = 0;
      data.until = 0;
    }
    if (((scripts >> data.token) & 1) === 0) data.token = 0;
  }

  function settleScripts(): void {
    for (let generation = 1, rest = (redisA.scripts | redisB.scripts) >>> 1; rest !== 0; generation += 1, rest >>>= 1) {
      if ((rest & 1) === 0 || isWitness(generation) || isReloaded(generation)) continue;
      redisA.scripts &= ~(1 << generation);
      redisB.scripts &= ~(1 << generation);
    }
  }

  function forgetLedger(): void {
    ledger.left = 0;
    for (const renewer of renewers) {
      renewer.rowLeft = 0;
      renewer.movedOn = 0;
      renewer.hasFinished = 0;
    }
  }

  function takeSnapshotNow(renewer: Renewer): void {
    const { program, step } = renewer;
    const snapshot = program === programs.reload ? snapshotStep.reload : snapshotStep.extension;
    if (program !== programs.reload && program !== programs.extension) return;
    if (step !== snapshot && (step !== snapshot - 1 || deletion.phase !== phases.acknowledged)) return;
    if (bounds.remembersConfirmed && renewer.confirmed === renewer.generation) return;
    renewer.sees = 1;
    renewer.step = snapshot + 1;
  }

  function areScriptsLoaded(generation: number): boolean {
    return (((redisA.scripts | redisB.scripts) >> generation) & 1) === 1;
  }

  function isToken(token: number): boolean {
    return (
      redisA.live.token === token ||
      redisB.live.token === token ||
      redisA.disk.token === token ||
      redisB.disk.token === token
    );
  }

  function isWitness(witness: number): boolean {
    return (
      redisA.live.witness === witness ||
      redisB.live.witness === witness ||
      redisA.disk.witness === witness ||
      redisB.disk.witness === witness
    );
  }

  function isReloaded(generation: number): boolean {
    if (late.kind === lateKinds.witness && late.generation === generation) return true;
    for (const renewer of renewers) {
      if (renewer.program === programs.reload && renewer.generation === generation) return true;
    }
    return false;
  }

  function forgetLate(): void {
    late.kind = lateKinds.none;
    late.generation = 0;
    late.until = 0;
  }
}

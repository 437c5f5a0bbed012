import { generationsMax } from './generations.ts';
import { rowLeft } from './ledger.ts';
import { createMergeAlike } from './merge-alike.ts';
import { programs } from './programs.ts';
import type { Protocol } from './protocol.ts';
import type { Renewer } from './state.ts';

/**
 * Chooses one of all states that differ only in names or in data that is never read again.
 *
 * Sound under every wording of the protocol:
 * - a witness that is over by every clock is no witness;
 * - a token is read only by the reload that set it, so it is forgotten when that reload has ended;
 * - the scripts of a generation that nothing else names can never be asked for with success;
 * - ledger rows are read only for "is there another generation than this one", so rows of generations that nothing else
 *   names count as one;
 * - generations are random, so their numbers are only names; instances run the same program, so they are only names.
 */
export function createCanonicalForm(protocol: Protocol): () => void {
  const { state, rules, bounds } = protocol;
  const { redisA, redisB, renewers, deletion, late, ledger, faults } = state;
  if (bounds.mergesAlike && Object.values(rules).includes(false)) {
    throw new Error('Merging states that behave alike is argued for the full protocol only');
  }
  const mergeAlike = bounds.mergesAlike ? createMergeAlike(protocol) : () => {};
  // In these older wordings a script counts although nothing names its generation any more.
  const keepsScripts = !rules.admissionNamesGeneration || !rules.freshGeneration;
  // There, the DELETE is on instance 1, so that instance differs from the others.
  const areInstancesAlike = rules.ledgerNamesGenerations;
  const canRestart = (bounds.faults.restart ?? 0) > 0;
  const dataSets = canRestart ? [redisA.live, redisB.live, redisA.disk, redisB.disk] : [redisA.live, redisB.live];
  const faultsPossible = Object.values(faults.kinds);
  const isOutageOn = bounds.outageTicks > 0;
  const haveMemories = bounds.remembersConfirmed || !rules.rowsInserted;
  // Three bits for each generation: its new name, 0 while it has none.
  let names = 0;
  // How many generations have a name, and the set of them.
  let named = 0;
  let namedSet = 0;

  return () => {
    if (faults.total === 0) for (const fault of faultsPossible) fault.left = 0;
    for (const data of dataSets) if (data.until === 0) data.witness = 0;
    mergeAlike();
    for (const data of dataSets) if (data.token !== 0 && !isAwaited(data.token)) data.token = 0;
    nameGenerations();
    forgetUnnamed();
    // Most steps leave the names as they are.
    if (names !== (ownNames[named] ?? 0)) rename();
  };

  /** A generation that is drawn twice finds the token of its first reload. */
  function isAwaited(token: number): boolean {
    if (late.generation === token || !rules.freshGeneration) return true;
    for (const { program, generation } of renewers) {
      if (program === programs.reload && generation === token) return true;
    }
    return false;
  }

  /** Names generations in the order in which the state mentions them. */
  function nameGenerations(): void {
    names = 0;
    named = 0;
    namedSet = 0;
    for (const { witness, token } of dataSets) {
      name(witness);
      name(token);
    }
    if (areInstancesAlike) sortInstances();
    for (const renewer of renewers) {
      name(renewer.generation);
      if (isOutageOn) name(renewer.snapshotGeneration);
      if (!haveMemories) continue;
      name(renewer.confirmed);
      name(renewer.rowGeneration);
    }
    name(late.generation);
    name(deletion.marked);
    name(deletion.ledgerRead);
    if (keepsScripts) for (let first = firstLeftOver(); first !== 0; first = firstLeftOver()) name(first);
  }

  function name(generation: number): void {
    if (generation === 0 || newName(generation) !== 0) return;
    named += 1;
    names |= named << (generation * 3);
    namedSet |= 1 << generation;
  }

  function newName(generation: number): number {
    return (names >>> (generation * 3)) & 7;
  }

  /** The next generation of which only scripts are left, in an order that does not depend on numbers. */
  function firstLeftOver(): number {
    let first = 0;
    for (let generation = 1; generation <= generationsMax; generation += 1) {
      const isLeft = (((redisA.scripts | redisB.scripts) >> generation) & 1) === 1;
      if (!isLeft || newName(generation) !== 0) continue;
      if (first === 0 || rankOfGeneration(generation) > rankOfGeneration(first)) first = generation;
    }
    return first;
  }

  function forgetUnnamed(): void {
    redisA.scripts &= namedSet;
    redisB.scripts &= namedSet;
    let kept = 0;
    let forgotten = ledger.left & 7;
    for (let generation = 1, left = ledger.left >>> 3; left !== 0; generation += 1, left >>>= 3) {
      if (((namedSet >> generation) & 1) === 1) kept |= (left & 7) << (generation * 3);
      else if ((left & 7) > forgotten) forgotten = left & 7;
    }
    ledger.left = kept | forgotten;
  }

  /**
   * Orders instances by everything but the numbers of their generations, and then by the ranks of those generations.
   */
  function sortInstances(): void {
    const [first, second] = renewers;
    if (first === undefined || second === undefined) return;
    const order = rank(first) - rank(second) || rankOfGenerations(first) - rankOfGenerations(second);
    if (order < 0) swap(first, second);
  }

  function rankOfGenerations({ generation, confirmed, snapshotGeneration, rowGeneration }: Renewer): number {
    let rank = rankOfGeneration(generation) * generationRanks + rankOfGeneration(snapshotGeneration);
    if (confirmed !== 0 || rowGeneration !== 0) {
      rank = (rank * generationRanks + rankOfGeneration(confirmed)) * generationRanks + rankOfGeneration(rowGeneration);
    }
    return rank;
  }

  /**
   * The rank of a generation before the instances are compared: its name in the data, and the instances that name it.
   */
  function rankOfGeneration(generation: number): number {
    if (generation === 0) return 0;
    const scripts = ((redisA.scripts >> generation) & 1) * 2 + ((redisB.scripts >> generation) & 1);
    const others = (late.generation === generation ? 1 : 0) + (deletion.marked === generation ? 2 : 0);
    return (((newName(generation) * 4 + scripts) * 4 + others) * 8 + rowLeft(ledger.left, generation)) * 2 + 1;
  }

  function rename(): void {
    for (const data of dataSets) {
      data.witness = newName(data.witness);
      data.token = newName(data.token);
    }
    for (const renewer of renewers) {
      renewer.generation = newName(renewer.generation);
      renewer.confirmed = newName(renewer.confirmed);
      renewer.snapshotGeneration = newName(renewer.snapshotGeneration);
      renewer.rowGeneration = newName(renewer.rowGeneration);
    }
    late.generation = newName(late.generation);
    deletion.marked = newName(deletion.marked);
    deletion.ledgerRead = newName(deletion.ledgerRead);
    redisA.scripts = renamedSet(redisA.scripts);
    redisB.scripts = renamedSet(redisB.scripts);
    let left = ledger.left & 7;
    for (let generation = 1, rest = ledger.left >>> 3; rest !== 0; generation += 1, rest >>>= 3) {
      if ((rest & 7) !== 0) left |= (rest & 7) << (newName(generation) * 3);
    }
    ledger.left = left;
  }

  function renamedSet(generations: number): number {
    let set = 0;
    for (let generation = 1, rest = generations >>> 1; rest !== 0; generation += 1, rest >>>= 1) {
      if ((rest & 1) === 1) set |= 1 << newName(generation);
    }
    return set;
  }
}

/** For each count of generations: every one has its own number as its name. */
const ownNames = [0, 1, 2, 3, 4, 5, 6, 7].map((count) =>
  [1, 2, 3, 4, 5, 6, 7].slice(0, count).reduce((names, generation) => names | (generation << (generation * 3)), 0),
);

/** More than any {@link createCanonicalForm} rank of one generation. */
const generationRanks = 8 * 4 * 4 * 8 * 2;

/** Orders instances by everything but the names of generations. */
function rank(renewer: Renewer): number {
  const { program, step, until, sees, snapshotUntil, hasFinished, movedOn, rowLeft, hasLeft, leaseLeft } = renewer;
  let rank = ((program * 8 + step) * 8 + until) * 2 + sees;
  rank = ((rank * 8 + snapshotUntil) * 2 + hasFinished) * 8 + movedOn;
  return ((rank * 8 + rowLeft) * 2 + hasLeft) * 8 + leaseLeft;
}

const spare: Omit<Renewer, 'name'> = {
  program: 0,
  step: 0,
  generation: 0,
  until: 0,
  sees: 0,
  confirmed: 0,
  snapshotGeneration: 0,
  snapshotUntil: 0,
  hasFinished: 0,
  rowLeft: 0,
  rowGeneration: 0,
  movedOn: 0,
  hasLeft: 0,
  leaseLeft: 0,
  hasPassed: 0,
};

function swap(first: Renewer, second: Renewer): void {
  copy(first, spare);
  copy(second, first);
  copy(spare, second);
}

/** Field by field, because this runs for every second step of a search. */
function copy(from: Omit<Renewer, 'name'>, to: Omit<Renewer, 'name'>): void {
  to.program = from.program;
  to.step = from.step;
  to.generation = from.generation;
  to.until = from.until;
  to.sees = from.sees;
  to.confirmed = from.confirmed;
  to.snapshotGeneration = from.snapshotGeneration;
  to.snapshotUntil = from.snapshotUntil;
  to.hasFinished = from.hasFinished;
  to.rowLeft = from.rowLeft;
  to.rowGeneration = from.rowGeneration;
  to.movedOn = from.movedOn;
  to.hasLeft = from.hasLeft;
  to.leaseLeft = from.leaseLeft;
  to.hasPassed = from.hasPassed;
}

import { BoundReachedError } from '../explore.ts';
import { rowLeft } from './ledger.ts';
import type { DataSet, ProtocolState } from './state.ts';

// Taken once: a look-up of a global is slow where tests run.
const { clz32 } = Math;

export const generationsMax = 7;

/** Bit g is set when anything in the state names generation g. */
export function namedGenerations(state: ProtocolState): number {
  let named = namedByData(state.redisA.live) | namedByData(state.redisA.disk) | state.redisA.scripts;
  named |= namedByData(state.redisB.live) | namedByData(state.redisB.disk) | state.redisB.scripts;
  for (const renewer of state.renewers) {
    named |= (1 << renewer.generation) | (1 << renewer.confirmed);
    named |= (1 << renewer.snapshotGeneration) | (1 << renewer.rowGeneration);
  }
  named |= (1 << state.deletion.marked) | (1 << state.deletion.ledgerRead) | (1 << state.late.generation);
  for (let generation = 1; generation <= generationsMax; generation += 1) {
    if (rowLeft(state.ledger.left, generation) !== 0) named |= 1 << generation;
  }
  return named & ~1;
}

function namedByData(data: DataSet): number {
  return (1 << data.witness) | (1 << data.token);
}

/** Draws a generation that nothing in the state names, as 128 random bits do. */
export function drawGeneration(state: ProtocolState): number {
  const next = 32 - clz32(namedGenerations(state) | 1);
  if (next > generationsMax) throw new BoundReachedError(`More than ${generationsMax} generations at once`);
  return next;
}

import type { Ledger } from './state.ts';

const slotBits = 3;
const slotMask = (1 << slotBits) - 1;
/** The lowest bit of each of the eight slots. */
const lowestBits = 0o11111111;

/** Records that a row of this generation was committed: it is in the window for so many ticks. */
export function noteRow(ledger: Ledger, generation: number, ticks: number): void {
  ledger.left = (ledger.left & ~(slotMask << (generation * slotBits))) | (ticks << (generation * slotBits));
}

export function rowLeft(left: number, generation: number): number {
  return (left >>> (generation * slotBits)) & slotMask;
}

/** Some row in the window names a generation other than this one. */
export function namesAnother(ledger: Ledger, generation: number): boolean {
  return (ledger.left & ~(slotMask << (generation * slotBits))) !== 0;
}

export function ageLedger(ledger: Ledger): void {
  const { left } = ledger;
  ledger.left = left - ((left | (left >>> 1) | (left >>> 2)) & lowestBits);
}

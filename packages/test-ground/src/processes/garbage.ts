/** What collections of garbage did in a process that runs with `--trace-gc`. */
export interface Garbage {
  /** Young collections. */
  readonly young: number;
  readonly allocatedBytes: number;
  /** Bytes that young collections moved to the old space, where only a full collection frees them. */
  readonly grownOldBytes: number;
}

const bytesPerMb = 2 ** 20;

/** @param output what V8 printed: lines such as `… Scavenge 52.5 (79.1) -> 44.6 (79.1) MB, …`; other lines are skipped. */
export function readGarbage(output: string): Garbage {
  let young = 0;
  let allocatedMb = 0;
  let grownOldMb = 0;
  let before: { readonly isYoung: boolean; readonly leftMb: number } | undefined;
  for (const [, kind, foundMb, left] of output.matchAll(
    /: (Scavenge|Mark-Compact)[^\n]*? ([\d.]+) \([\d.]+\) -> ([\d.]+) \(/g,
  )) {
    const isYoung = kind === 'Scavenge';
    const leftMb = Number(left);
    if (isYoung) young += 1;
    if (before !== undefined) {
      allocatedMb += Math.max(0, Number(foundMb) - before.leftMb);
      // A full collection in between hides what has become old.
      if (isYoung && before.isYoung) grownOldMb += leftMb - before.leftMb;
    }
    before = { isYoung, leftMb };
  }
  return { young, allocatedBytes: allocatedMb * bytesPerMb, grownOldBytes: Math.max(0, grownOldMb) * bytesPerMb };
}

import { othersCpuSince } from '@engagetrack/test-ground';
import { allOf, notReadyAfterwards, verdictOn } from './bounds.ts';
import type { RowResult } from './report.ts';
import type { Trial } from './rows/row.ts';
import type { Ground } from './start-ground.ts';

/** Attempts at a trial that only a busy machine failed. After the last one the machine is named, and nothing is judged. */
const attemptsMax = 2;

export async function runTrial(row: Trial, ground: Ground, isShort: boolean): Promise<RowResult> {
  for (let attempt = 1; ; attempt += 1) {
    const othersCores = othersCpuSince();
    const { measured, ...faults } = await row.run(ground, isShort);
    const disturbance = { othersCores: othersCores(), callersLateMs: 0 };
    const ready = (await ground.becomesReady()) ? [] : [{ faults: [notReadyAfterwards], slowness: [] }];
    const verdict = verdictOn(allOf([faults, ...ready]), disturbance);
    if (verdict.kind !== 'not_judged' || attempt === attemptsMax)
      return { what: row.what, measured: `${measured} (${row.promise})`, disturbance, verdict };
  }
}

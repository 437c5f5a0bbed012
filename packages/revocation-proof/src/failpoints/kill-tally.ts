import { tableOf } from '@engagetrack/test-ground';
import type { Check } from '../prove/judge-tally.ts';
import { type Failpoint, nameOf } from './failpoint.ts';

/** The results of all kills at one failpoint. */
export interface KillTally {
  readonly failpoint: Failpoint;
  /** The step was seen on the wire, and the key service died there. */
  kills: number;
  /** Calls that got their 201 or 204 all the same. */
  answered: number;
  unanswered: number;
  /** Unanswered calls whose key exists, or whose revocation is in force. */
  inForce: number;
  /** Unanswered calls whose key does not exist, or still works. */
  absent: number;
  /** Unanswered DELETEs that were sent again and acknowledged. */
  repeated: number;
  readonly violations: string[];
}

export function createKillTally(failpoint: Failpoint): KillTally {
  return { failpoint, kills: 0, answered: 0, unanswered: 0, inForce: 0, absent: 0, repeated: 0, violations: [] };
}

const headings = ['killed', 'kills', 'answered', 'unanswered', 'in force', 'absent', 'repeated', 'violations'];

/** One line for each failpoint, in the order of the steps, under one line of headings. */
export function killTableLines(tallies: readonly KillTally[]): readonly string[] {
  const rows = tallies.map((tally) => [
    nameOf(tally.failpoint),
    ...numbersOf(tally).map((number) => (number === 0 ? '-' : String(number))),
    String(tally.violations.length),
  ]);
  const sum = (column: number): number => tallies.reduce((total, tally) => total + (numbersOf(tally)[column] ?? 0), 0);
  const violations = tallies.reduce((total, tally) => total + tally.violations.length, 0);
  const totals = ['all', ...[0, 1, 2, 3, 4, 5].map((column) => String(sum(column))), String(violations)];
  return tableOf([headings, ...rows, totals]);
}

function numbersOf({ kills, answered, unanswered, inForce, absent, repeated }: KillTally): readonly number[] {
  return [kills, answered, unanswered, inForce, absent, repeated];
}

const shownViolationsMax = 3;

/** @param cycles the number of kills that all failpoints together must have. */
export function judgeKills(tallies: readonly KillTally[], cycles: number): readonly Check[] {
  const kills = tallies.reduce((total, tally) => total + tally.kills, 0);
  return [
    { kept: kills === cycles, promise: `F10: ${cycles} kills, each at its step`, seen: `${kills}` },
    ...tallies.map(({ failpoint, violations }) => ({
      kept: violations.length === 0,
      promise: `F10: killed at "${nameOf(failpoint)}": nothing acknowledged is lost, nothing is half done`,
      seen: violations.slice(0, shownViolationsMax).join('; '),
    })),
  ];
}

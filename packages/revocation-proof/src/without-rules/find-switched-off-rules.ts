import { faultsNamed } from '../faults/catalogue.ts';
import type { Violation, ViolationKind } from '../history/violation.ts';
import type { Check } from '../prove/judge-tally.ts';
import { runRound } from '../prove/round.ts';
import { createScene } from './create-scene.ts';
import type { Scenario } from './scenario.ts';
import { openStage, type Stage } from './stage.ts';
import { type Change, type SwitchedOffRule, textOf } from './switched-off-rule.ts';
import { switchedOffRules } from './switched-off-rules.ts';

export interface RulesOptions {
  /** The rules to switch off; all of them when empty. */
  readonly rules: readonly string[];
  readonly seed: number;
  readonly print: (line: string) => void;
}

/**
 * Rounds of one fault. Chance decides whether a round meets the moment at which a rule matters; after so many the check
 * fails.
 */
const roundsMax = 5;
const roundSize = { revoked: 32, streaming: 0, limited: 0, spanMinMs: 0 };
/** The violations that break the promise of revocation. */
const brokenPromises: readonly ViolationKind[] = ['stale_admit', 'late_forward', 'lost_revocation', 'resurrection'];

/** Plays a course of events again, on a product that starts anew with these changes. */
type Play = (seenBy: SwitchedOffRule['seenBy'], changes: readonly Change[]) => Promise<Outcome>;

/** The first violation, or the reason why the course could not be completed; undefined when there was none. */
type Outcome = Violation | Error | undefined;

/**
 * Switches off each rule in the real product and repeats until the proof has seen a violation; then plays each course
 * of events with all rules on, when there may be none.
 */
export async function findSwitchedOffRules({ rules, seed, print }: RulesOptions): Promise<readonly Check[]> {
  const chosen = rulesNamed(rules);
  const scenarios = new Set(chosen.flatMap(({ seenBy }) => (seenBy.kind === 'scenario' ? [seenBy] : [])));
  const stage = await openStage(seed);
  let plays = 0;
  const play: Play = async (seenBy, changes) => {
    plays += 1;
    try {
      return await playOnce(stage, { seenBy, changes, number: plays });
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  };
  const checks: Check[] = [];
  try {
    for (const scenario of scenarios) checks.push(await seeNothing(scenario, play, print));
    for (const rule of chosen) checks.push(await seeBroken(rule, play, print));
  } finally {
    await stage.stop();
  }
  return checks;
}

async function seeNothing(scenario: Scenario, play: Play, print: RulesOptions['print']): Promise<Check> {
  let outcome: Outcome;
  // A course that could not be completed has shown nothing.
  for (let round = 1; round === 1 || (outcome instanceof Error && round <= roundsMax); round += 1)
    outcome = await play(scenario, []);
  print(`with all rules: ${nameOf(scenario)}: ${outcome === undefined ? 'nothing seen' : show(outcome)}`);
  const seen = outcome === undefined ? '' : show(outcome);
  return { kept: outcome === undefined, promise: `with all rules: ${nameOf(scenario)}: nothing is seen`, seen };
}

async function seeBroken(
  { rule, changes, seenBy }: SwitchedOffRule,
  play: Play,
  print: RulesOptions['print'],
): Promise<Check> {
  let outcome: Outcome;
  let rounds = 0;
  for (; rounds < roundsMax && !isViolation(outcome); rounds += 1) outcome = await play(seenBy, changes);
  const what = isViolation(outcome) ? `seen in round ${rounds}` : `NOT SEEN in ${rounds} rounds`;
  const seen = outcome === undefined ? 'nothing' : show(outcome);
  print(`without ${rule} (${textOf(rule)}): ${what} of ${nameOf(seenBy)}: ${seen}`);
  return { kept: isViolation(outcome), promise: `without ${rule} the promise is seen broken`, seen };
}

interface PlayOptions {
  readonly seenBy: SwitchedOffRule['seenBy'];
  readonly changes: readonly Change[];
  readonly number: number;
}

async function playOnce(stage: Stage, { seenBy, changes, number }: PlayOptions): Promise<Violation | undefined> {
  await stage.restart({ changes, bothKeyServices: seenBy.kind === 'fault' || seenBy.bothKeyServices });
  const violations =
    seenBy.kind === 'fault' ? await runFault(stage, seenBy.id, number) : await runScenario(stage, seenBy, number);
  return violations.find(({ kind }) => brokenPromises.includes(kind));
}

async function runFault({ ground }: Stage, id: string, number: number): Promise<readonly Violation[]> {
  const [fault] = faultsNamed([id]);
  if (fault === undefined) throw new Error(`There is no fault ${id}`);
  const [, holdMs] = fault.holdMs;
  return (await runRound(ground, { fault, holdMs, size: roundSize, number })).violations;
}

async function runScenario(stage: Stage, scenario: Scenario, number: number): Promise<readonly Violation[]> {
  const { scene, judge } = await createScene(stage, { ...scenario, name: `s${number}` });
  await scenario.play(scene);
  return judge();
}

function isViolation(outcome: Outcome): outcome is Violation {
  return outcome !== undefined && !(outcome instanceof Error);
}

function show(outcome: Violation | Error): string {
  return isViolation(outcome) ? `${outcome.kind}: ${outcome.what}` : `broken off: ${outcome.message}`;
}

function nameOf(seenBy: SwitchedOffRule['seenBy']): string {
  return seenBy.kind === 'fault' ? seenBy.id : seenBy.what;
}

function rulesNamed(names: readonly string[]): readonly SwitchedOffRule[] {
  for (const name of names)
    if (!switchedOffRules.some(({ rule }) => rule === name))
      throw new Error(
        `No rule ${name} can be switched off; there are ${switchedOffRules.map(({ rule }) => rule).join(', ')}`,
      );
  return names.length === 0 ? switchedOffRules : switchedOffRules.filter(({ rule }) => names.includes(rule));
}

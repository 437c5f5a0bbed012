import { type RuleName, ruleTexts } from '@engagetrack/revocation-model';
import type { Scenario } from './scenario.ts';

/** A rule of the protocol that is removed from the product, and the course in which the proof must notice. */
export interface SwitchedOffRule {
  /** The name in the model checker, where its model has the rule. */
  readonly rule: RuleName | RuleBesideTheModel;
  readonly changes: readonly Change[];
  readonly seenBy: FaultRow | Scenario;
}

/** A change of the product's sources. */
export interface Change {
  /** The file below the workspace. */
  readonly file: string;
  /** The text to replace, which occurs exactly once. */
  readonly from: string;
  readonly to: string;
}

/** A row of the fault catalogue, in its short form. */
export interface FaultRow {
  readonly kind: 'fault';
  readonly id: string;
}

/** Rules that the model assumes or leaves out. */
export const textsBesideTheModel = {
  changeInOutbox: 'A revocation and its outbox row are one transaction, so every snapshot that has one has both',
  witnessRead: 'The admission script looks at the witness before it says anything',
  authorityWithoutWitness: 'Without a valid witness the authority is asked, and not the memory of the gateway',
  markersBeforeWitness: 'The witness of a reload is set when all markers are written',
  noEviction: 'Nothing is trusted while Redis may evict markers',
  markersOutliveMemory: 'A marker is kept longer than any gateway remembers a key',
  oldDecisionsRefused: 'A decision that is older than a second is not carried out',
} as const;

export type RuleBesideTheModel = keyof typeof textsBesideTheModel;

export function textOf(rule: SwitchedOffRule['rule']): string {
  return { ...ruleTexts, ...textsBesideTheModel }[rule];
}

export function change(file: string, from: string, to: string): Change {
  return { file, from, to };
}

export function faultRow(id: string): FaultRow {
  return { kind: 'fault', id };
}

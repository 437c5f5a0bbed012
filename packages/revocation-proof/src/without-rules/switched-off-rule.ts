import { type RuleName, ruleTexts } from '@engagetrack/revocation-model';
import type { Scenario } from './scenario.ts';

/** A rule of the protocol that is taken out of the product, and how the proof must come to see it. */
export interface SwitchedOffRule {
  /** As the model checker calls it, where its model has it. */
  readonly rule: RuleName | RuleBesideTheModel;
  readonly changes: readonly Change[];
  readonly seenBy: FaultRow | Scenario;
}

/** Of the product's sources. */
export interface Change {
  /** Below the workspace. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly from: string;
  readonly to: string;
}

/** A row of the fault catalogue, in its short form. */
export interface FaultRow {
  readonly kind: 'fault';
  readonly id: string;
}

/** What the model takes for granted, or what it leaves out. */
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

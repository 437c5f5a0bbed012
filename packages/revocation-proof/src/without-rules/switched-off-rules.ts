import { acknowledgementRules } from './rules/acknowledgement-rules.ts';
import { admissionRules } from './rules/admission-rules.ts';
import { renewalRules } from './rules/renewal-rules.ts';
import type { SwitchedOffRule } from './switched-off-rule.ts';

/**
 * Rules of docs/revocation.md without which the real product breaks its promise, and the courses that must show it.
 * Rules of the model that are not here could not be made to fail in real time: deadlines of a fraction of a second, the
 * ledger's window of a minute or another rule prevent their violations.
 */
export const switchedOffRules: readonly SwitchedOffRule[] = [
  ...acknowledgementRules,
  ...renewalRules,
  ...admissionRules,
];

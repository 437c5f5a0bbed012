import { acknowledgementRules } from './rules/acknowledgement-rules.ts';
import { admissionRules } from './rules/admission-rules.ts';
import { renewalRules } from './rules/renewal-rules.ts';
import type { SwitchedOffRule } from './switched-off-rule.ts';

/**
 * Rules of docs/revocation.md without which the real product breaks its promise, and where that must be seen. Those of
 * the model that are not here could not be made to fail in real time: what they guard against is held off by deadlines
 * of a fraction of a second, by the ledger's window of a minute or by another rule.
 */
export const switchedOffRules: readonly SwitchedOffRule[] = [
  ...acknowledgementRules,
  ...renewalRules,
  ...admissionRules,
];

import type { Call, History } from './history.ts';
import { decidesNothing, type HistoryIndex, showOutcome } from './history-index.ts';
import { livePlanDuring } from './plan-timeline.ts';
import type { Violation } from './violation.ts';

/** Checks an organization's keys when its plan loses or regains access to the API. */
export function checkPlans(history: History, index: HistoryIndex): Violation[] {
  return history.calls.flatMap((call) => {
    const key = index.keys.get(call.keyId);
    const plan = key === undefined ? 'either' : livePlanDuring(history, key.organizationId, call);
    if (plan === 'live') return call.outcome === 402 ? [falseDenial(call)] : [];
    return plan === 'refused' ? staleAdmit(call, index) : [];
  });
}

function falseDenial({ keyId, gateway }: Call): Violation {
  return { kind: 'false_denial', keyId, what: `gateway ${gateway} answered 402 on a plan with access` };
}

function staleAdmit({ nonce, keyId, gateway, outcome }: Call, { arrivals }: HistoryIndex): Violation[] {
  const arrived = arrivals.has(nonce);
  // A revoked key is 401 on every plan; the check of revocations judges whether it may be.
  if (!arrived && (outcome === 402 || outcome === 401 || decidesNothing(outcome))) return [];
  const seen = arrived ? ' and forwarded it' : '';
  const what = `gateway ${gateway} answered ${showOutcome(outcome)} to a request${seen} that was sent after the downgrade was acknowledged`;
  return [{ kind: 'stale_admit', keyId, what }];
}

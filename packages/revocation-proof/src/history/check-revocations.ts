import type { Call, CreatedKey, History, Revocation } from './history.ts';
import { decidesNothing, type HistoryIndex, isSuccess, showOutcome, wasAdmitted } from './history-index.ts';
import { livePlanDuring } from './plan-timeline.ts';
import type { Violation } from './violation.ts';

/** Milliseconds. A gateway that decided before the acknowledgement may forward until then; later it is a violation. */
const lateForwardMs = 1_000;
/**
 * Milliseconds after the commit. An unacknowledged revocation is in force by then; an admission after it and a refusal
 * later is a violation.
 */
const unacknowledgedMs = 3_200;

/** Checks a key from its creation to its revocation. */
export function checkRevocations(history: History, index: HistoryIndex): Violation[] {
  const violations: Violation[] = [];
  for (const [keyId, calls] of index.callsByKey) {
    const revocation = index.revocations.get(keyId);
    const key = index.keys.get(keyId);
    for (const call of calls) {
      const acknowledgedAtMs = revocation?.acknowledgedAtMs;
      if (acknowledgedAtMs !== undefined) violations.push(...staleAdmit(call, acknowledgedAtMs, index));
      if (key !== undefined) violations.push(...falseDenial(call, key, revocation));
      violations.push(...wrongIdentity(call, index));
    }
    if (revocation !== undefined) violations.push(...afterRevocation(calls, revocation, history, index));
    else if (key !== undefined) violations.push(...lostCreation(calls, key, history));
  }
  return violations;
}

function staleAdmit(call: Call, acknowledgedAtMs: number, index: HistoryIndex): Violation[] {
  const arrived = index.arrivals.get(call.nonce) ?? [];
  const { keyId, gateway, outcome } = call;
  if (call.sentAtMs > acknowledgedAtMs) {
    if (arrived.length === 0 && (outcome === 401 || decidesNothing(outcome))) return [];
    const seen = arrived.length > 0 ? ' and reached the upstream' : '';
    const what = `gateway ${gateway} answered ${showOutcome(outcome)} to a request${seen} that was sent ${ms(call.sentAtMs - acknowledgedAtMs)} after the revocation was acknowledged`;
    return [{ kind: 'stale_admit', keyId, what }];
  }
  const late = arrived.find(({ atMs }) => atMs > acknowledgedAtMs + lateForwardMs);
  if (late === undefined) return [];
  const what = `gateway ${gateway} forwarded a request ${ms(late.atMs - acknowledgedAtMs)} after the revocation was acknowledged`;
  return [{ kind: 'late_forward', keyId, what }];
}

function falseDenial(call: Call, key: CreatedKey, revocation: Revocation | undefined): Violation[] {
  const live =
    call.sentAtMs > key.acknowledgedAtMs && (revocation === undefined || revocation.sentAtMs > call.endedAtMs);
  if (call.outcome !== 401 || !live) return [];
  return [{ kind: 'false_denial', keyId: call.keyId, what: `gateway ${call.gateway} answered 401 for a live key` }];
}

function wrongIdentity(call: Call, { arrivals }: HistoryIndex): Violation[] {
  const other = arrivals.get(call.nonce)?.find(({ keyId }) => keyId !== call.keyId);
  if (other === undefined) return [];
  const what = `gateway ${call.gateway} told the upstream of ${other.keyId ?? 'no key'} instead`;
  return [{ kind: 'wrong_identity', keyId: call.keyId, what }];
}

function afterRevocation(
  calls: readonly Call[],
  revocation: Revocation,
  { healthyFromMs }: History,
  index: HistoryIndex,
): Violation[] {
  const { keyId, sentAtMs, acknowledgedAtMs, abandonedAtMs } = revocation;
  const violations: Violation[] = [];

  const refused = calls.find((call) => call.outcome === 401 && call.endedAtMs >= sentAtMs);
  const risen = refused && calls.find((call) => call.sentAtMs > refused.endedAtMs && wasAdmitted(call, index));
  if (refused !== undefined && risen !== undefined) {
    const what = `gateway ${risen.gateway} admitted it ${ms(risen.sentAtMs - refused.endedAtMs)} after gateway ${refused.gateway} had answered 401`;
    violations.push({ kind: 'resurrection', keyId, what });
  }

  if (acknowledgedAtMs !== undefined && healthyFromMs !== undefined) {
    const last = calls.findLast((call) => call.sentAtMs >= Math.max(healthyFromMs, acknowledgedAtMs));
    if (last !== undefined && last.outcome !== 401) {
      const what = `gateway ${last.gateway} answers ${showOutcome(last.outcome)} after everything has healed`;
      violations.push({ kind: 'lost_revocation', keyId, what });
    }
  }

  if (acknowledgedAtMs === undefined && abandonedAtMs !== undefined) {
    const admitted = calls.find((call) => call.sentAtMs > abandonedAtMs + unacknowledgedMs && wasAdmitted(call, index));
    const later = admitted && calls.find((call) => call.sentAtMs > admitted.endedAtMs && call.outcome === 401);
    if (admitted !== undefined && later !== undefined) {
      const what = `gateway ${admitted.gateway} admitted it ${ms(admitted.sentAtMs - abandonedAtMs)} after its DELETE was given up, and then it was refused`;
      violations.push({ kind: 'late_revocation', keyId, what });
    }
  }
  return violations;
}

function lostCreation(calls: readonly Call[], key: CreatedKey, history: History): Violation[] {
  const { healthyFromMs } = history;
  if (healthyFromMs === undefined) return [];
  const last = calls.findLast((call) => call.sentAtMs >= healthyFromMs);
  // A key that has met its limit works.
  if (last === undefined || isSuccess(last.outcome) || last.outcome === 429) return [];
  if (livePlanDuring(history, key.organizationId, last) !== 'live') return [];
  const what = `gateway ${last.gateway} answers ${showOutcome(last.outcome)} for a created key after everything has healed`;
  return [{ kind: 'lost_creation', keyId: key.keyId, what }];
}

function ms(duration: number): string {
  return `${duration.toFixed(1)} ms`;
}

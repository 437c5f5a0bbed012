import type { ApiKeyId, OrganizationId } from '@engagetrack/contracts';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { AdmissionStore, KeyKnowledge, OpenKeyState } from './admission-store.ts';
import type { Generation } from './generation.ts';
import type { Mark, RenewalCycle, RevocationStore } from './revocation-store.ts';
import { windowEndMs } from './window.ts';

/** Both sides of the embedded mode's store: gateway and key service are one process, and so is its memory. */
export interface MemoryStores {
  readonly admission: AdmissionStore;
  readonly revocations: RevocationStore;
}

/**
 * The same protocol as with Redis, witness and all, in the memory of one process.
 * @param now the process clock, Unix milliseconds.
 */
export function createMemoryStores(now: () => number): MemoryStores {
  const revokedKeys = new Set<ApiKeyId>();
  const epochs = new Map<OrganizationId, number>();
  // The library's windows begin with the first unit; ours are aligned, so each aligned window is a counter of its own.
  const counters = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: 1 });
  let claim: Generation | undefined;
  let witness: { readonly generation: Generation; readonly untilMs: number } | undefined;

  const valid = (): Generation | undefined =>
    witness !== undefined && now() < witness.untilMs ? witness.generation : undefined;

  const stateOf = ({ keyId, organizationId, epoch, expiresAtMs }: KeyKnowledge, nowMs: number): OpenKeyState => {
    if (revokedKeys.has(keyId)) return 'revoked';
    if ((epochs.get(organizationId) ?? 0) > epoch) return 'stale';
    if (expiresAtMs !== undefined && nowMs >= expiresAtMs) return 'expired';
    return 'live';
  };

  const write = (marks: readonly Mark[]): void => {
    for (const mark of marks)
      if (mark.kind === 'key_revoked') revokedKeys.add(mark.keyId);
      else epochs.set(mark.organizationId, Math.max(mark.epoch, epochs.get(mark.organizationId) ?? 0));
  };

  const cycle: RenewalCycle = {
    mayEvict: async () => false,
    currentGeneration: async () => valid(),
    timeOf: async (g) => (valid() === g ? now() : undefined),
    markUnderWitness: async (g, marks) => {
      if (valid() !== g) return false;
      write(marks);
      return true;
    },
    extendWitness: async (g, untilMs) => {
      if (witness === undefined || valid() !== g) return false;
      witness = { generation: g, untilMs: Math.max(untilMs, witness.untilMs) };
      return true;
    },
    beginReload: async (g) => {
      claim = g;
      return now();
    },
    markUnderClaim: async (g, marks) => {
      if (claim !== g) return false;
      write(marks);
      return true;
    },
    setWitness: async (g, untilMs) => {
      if (claim !== g || untilMs <= now()) return false;
      witness = { generation: g, untilMs };
      return true;
    },
  };

  return {
    admission: {
      spend: async ({ policy, units = 1, carried, ...key }) => {
        if (valid() === undefined) return { verdict: 'untrusted' };
        const nowMs = now();
        const state = stateOf(key, nowMs);
        if (state !== 'live') return { verdict: state };
        const endMs = windowEndMs(nowMs, policy.windowSeconds);
        const unreported = carried?.windowEndMs === endMs ? carried.unreported : 0;
        const { consumedPoints } = await counters.penalty(`${key.keyId}:${policy.name}:${endMs}`, units + unreported, {
          customDuration: Math.ceil((endMs - nowMs) / 1000),
        });
        return { verdict: 'spent', count: consumedPoints, windowEndMs: endMs, nowMs };
      },
      pulse: async (_gatewayId, openKeys) => {
        if (valid() === undefined) return { verdict: 'untrusted' };
        const nowMs = now();
        return { verdict: 'trusted', nowMs, liveGateways: 1, states: openKeys.map((key) => stateOf(key, nowMs)) };
      },
      latestTimeMs: now,
    },
    revocations: {
      mark: async (marks) => {
        const generation = valid();
        if (generation !== undefined) write(marks);
        return generation;
      },
      openCycle: async () => cycle,
      visitMarks: async (visit) => {
        const marks: readonly Mark[] = [
          ...[...revokedKeys].map((keyId) => ({ kind: 'key_revoked', keyId }) as const),
          ...[...epochs].map(
            ([organizationId, epoch]) => ({ kind: 'organization_changed', organizationId, epoch }) as const,
          ),
        ];
        if (marks.length > 0) await visit(marks);
      },
    },
  };
}

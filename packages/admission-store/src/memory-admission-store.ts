import type { ApiKeyId, OrganizationId } from '@engagetrack/contracts';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Admission, AdmissionRequest, AdmissionStore } from './admission-store.ts';
import type { MarkerStore } from './marker-store.ts';
import { windowEndMs } from './window.ts';

/**
 * The embedded mode's store, for one process that holds both the gateway and the key service.
 *
 * Markers and epochs live as long as the process; after a restart every organization is unknown here, so every key is
 * asked of the key service first, and the key service knows what is revoked.
 * @param now the process clock, Unix milliseconds.
 */
export function createMemoryAdmissionStore(now: () => number): AdmissionStore & MarkerStore {
  const revokedKeys = new Set<ApiKeyId>();
  const epochs = new Map<OrganizationId, number>();
  // The library's windows begin with the first unit; ours are aligned, so each aligned window is a counter of its own.
  const counters = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: 1 });

  return {
    spend: async (request) => {
      const nowMs = now();
      const refusal = judge(request, nowMs);
      if (refusal !== undefined) return refusal;
      const endMs = windowEndMs(nowMs, request.policy.windowSeconds);
      const counter = `${request.keyId}:${request.policy.name}:${endMs}`;
      const { consumedPoints } = await counters.penalty(counter, 1, {
        customDuration: Math.ceil((endMs - nowMs) / 1000),
      });
      return { verdict: 'spent', count: consumedPoints, windowEndMs: endMs, nowMs };
    },
    markRevoked: async (keyId) => {
      revokedKeys.add(keyId);
    },
    raiseEpoch: async (organizationId, epoch) => {
      epochs.set(organizationId, Math.max(epoch, epochs.get(organizationId) ?? 0));
    },
  };

  function judge(request: AdmissionRequest, nowMs: number): Admission | undefined {
    if (revokedKeys.has(request.keyId)) return { verdict: 'revoked' };
    const epoch = epochs.get(request.organizationId);
    if (epoch === undefined) return { verdict: 'untrusted' };
    if (epoch > request.epoch) return { verdict: 'stale' };
    if (request.expiresAtMs !== undefined && nowMs >= request.expiresAtMs) return { verdict: 'expired' };
    return undefined;
  }
}

import type { Admission, RateLimitPolicy } from '@engagetrack/admission-store';
import type { KnownKey } from '../keys/key-directory.ts';
import type { QuotaMemory } from './quota-memory.ts';
import type { SpendThroughKeyService } from './quota-spending-client.ts';

/**
 * Spends a unit at the admission store by way of the key service.
 *
 * When Redis does not answer one gateway, others may still count there. As long as the key service reaches Redis, such
 * a gateway is counted with them, so that the quota stays exact.
 * @returns the store's answer, or undefined when there is none this way either. Never rejects.
 */
export type QuotaDetour = (key: KnownKey, policy: RateLimitPolicy) => Promise<Admission | undefined>;

export interface QuotaDetourParts {
  readonly spendThroughKeyService: SpendThroughKeyService;
  readonly quotas: QuotaMemory;
}

/** The requests of one key and policy that are spent together. */
interface Batch {
  units: number;
  readonly admission: Promise<Admission | undefined>;
}

export function createQuotaDetour({ spendThroughKeyService, quotas }: QuotaDetourParts): QuotaDetour {
  const waiting = new Map<string, Batch>();
  const underWay = new Map<string, Promise<unknown>>();

  return async (key, policy) => {
    const name = `${key.keyId}:${policy.name}`;
    const batch = waiting.get(name) ?? openBatch(name, key, policy);
    batch.units += 1;
    const place = batch.units;
    const admission = await batch.admission;
    // The store has counted them together; each still has a number of its own.
    return admission?.verdict === 'spent' ? { ...admission, count: admission.count - batch.units + place } : admission;
  };

  /** Sends the batch as soon as the one before it is answered; until then more requests may join. */
  function openBatch(name: string, key: KnownKey, policy: RateLimitPolicy): Batch {
    const before = underWay.get(name) ?? Promise.resolve();
    const admission = before.then(async () => {
      waiting.delete(name);
      const answer = await send(key, policy, batch.units);
      if (underWay.get(name) === admission) underWay.delete(name);
      return answer;
    });
    const batch: Batch = { units: 0, admission };
    waiting.set(name, batch);
    underWay.set(name, admission);
    return batch;
  }

  async function send(key: KnownKey, policy: RateLimitPolicy, units: number): Promise<Admission | undefined> {
    const { keyId, organizationId, epoch, expiresAtMs } = key;
    const carried = quotas.carry(keyId, policy);
    try {
      const admission = await spendThroughKeyService({
        keyId,
        organizationId,
        epoch,
        expiresAtMs,
        policy,
        units,
        carried,
      });
      if (admission.verdict === 'spent') {
        const heard = quotas.heard(keyId, policy, admission, carried);
        // When one of them exceeds the quota, so do all.
        return heard === admission ? admission : { ...heard, count: heard.count + units - 1 };
      }
      quotas.unheard(keyId, policy, carried);
      return admission.verdict === 'untrusted' ? undefined : admission;
    } catch {
      quotas.unheard(keyId, policy, carried);
      return undefined;
    }
  }
}

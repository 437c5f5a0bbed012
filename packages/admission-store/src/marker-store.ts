import type { ApiKeyId, OrganizationId } from '@engagetrack/contracts';

/**
 * The key service's side: it alone writes markers and epochs.
 * Both calls resolve once every later {@link AdmissionStore.spend} sees the change, and reject when that is not certain.
 */
export interface MarkerStore {
  /** Marks a key as revoked. Revocation only grows: there is no call that takes a marker away. */
  markRevoked(keyId: ApiKeyId): Promise<void>;
  /** Raises the organization's epoch. A lower one than is there changes nothing. */
  raiseEpoch(organizationId: OrganizationId, epoch: number): Promise<void>;
}

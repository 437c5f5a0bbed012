import type { ApiKeyId, OrganizationId } from '@engagetrack/contracts';

/** A named limit: a quota of units per fixed window. Windows are aligned to multiples of their length since the Unix epoch. */
export interface RateLimitPolicy {
  readonly name: string;
  /** Units per window. */
  readonly quota: number;
  readonly windowSeconds: number;
}

/** What a gateway knows of a key when it asks whether to admit this request of it. */
export interface AdmissionRequest {
  readonly keyId: ApiKeyId;
  readonly organizationId: OrganizationId;
  /** The organization's epoch that the gateway's knowledge stems from. */
  readonly epoch: number;
  /** Unix milliseconds, or undefined for a key without an end. */
  readonly expiresAtMs: number | undefined;
  readonly policy: RateLimitPolicy;
}

/** One unit was spent; it is within the quota when `count <= quota`. */
export interface Spent {
  readonly verdict: 'spent';
  /** Units spent in this window, this one included. */
  readonly count: number;
  /** End of the window, Unix milliseconds: a whole second, the same from every gateway. */
  readonly windowEndMs: number;
  /** The store's clock, Unix milliseconds. */
  readonly nowMs: number;
}

/**
 * The store's answer:
 * `spent`: nothing speaks against the key;
 * `revoked` and `expired`: it must be refused, and nothing was spent;
 * `stale`: the organization has a newer epoch, so ask the key service again; nothing was spent;
 * `untrusted`: the store does not know this organization and so cannot vouch for the key; nothing was spent.
 */
export type Admission =
  | Spent
  | { readonly verdict: 'revoked' }
  | { readonly verdict: 'expired' }
  | { readonly verdict: 'stale' }
  | { readonly verdict: 'untrusted' };

/**
 * The gateway's side of what gateways and key service share: one atomic round trip that looks for a revocation marker,
 * compares the organization's epoch, judges the expiry by the store's clock and spends one quota unit.
 *
 * Guarantee: over any number of gateways, `count` takes each value once per key, policy and window.
 * Not here: HTTP, SQL, plans and scopes.
 */
export interface AdmissionStore {
  /** Rejects when the store cannot answer within its deadline; the caller then must not admit on the store's word. */
  spend(request: AdmissionRequest): Promise<Admission>;
}

import type { ApiKeyId, OrganizationId } from '@engagetrack/contracts';

/** A named limit: a quota of units per fixed window. Windows are aligned to multiples of their length since the Unix epoch. */
export interface RateLimitPolicy {
  readonly name: string;
  /** Units per window. */
  readonly quota: number;
  readonly windowSeconds: number;
}

/** What a gateway knows of a key when it asks whether to admit a request of it. */
export interface KeyKnowledge {
  readonly keyId: ApiKeyId;
  readonly organizationId: OrganizationId;
  /** The organization's epoch that the gateway's knowledge stems from. */
  readonly epoch: number;
  /** Unix milliseconds, or undefined for a key without an end. */
  readonly expiresAtMs: number | undefined;
}

/** The count of a window as a gateway knows it: a store that lost its memory goes on from there. */
export interface CarriedCount {
  readonly windowEndMs: number;
  /** The highest count the store has told this gateway. */
  readonly seen: number;
  /** Units that this gateway admitted while the store did not answer, and has not reported yet. */
  readonly unreported: number;
}

export interface AdmissionRequest extends KeyKnowledge {
  readonly policy: RateLimitPolicy;
  /** The number of requests to admit at once; 1 when absent. */
  readonly units?: number | undefined;
  readonly carried?: CarriedCount | undefined;
}

/** The units asked for were spent; the last of them is within the quota when `count <= quota`. */
export interface Spent {
  readonly verdict: 'spent';
  /** Units spent in this window, these included. */
  readonly count: number;
  /** End of the window, Unix milliseconds: a whole second, the same from every gateway. */
  readonly windowEndMs: number;
  /** The store's clock, Unix milliseconds. */
  readonly nowMs: number;
}

/**
 * The store's answer:
 * `spent`: it vouches for the key;
 * `revoked` and `expired`: the key must be refused, and nothing was spent;
 * `stale`: the organization has a newer epoch, so ask the key service again; nothing was spent;
 * `untrusted`: its markers may not be complete, so it vouches for nothing; nothing was spent.
 */
export type Admission =
  | Spent
  | { readonly verdict: 'revoked' }
  | { readonly verdict: 'expired' }
  | { readonly verdict: 'stale' }
  | { readonly verdict: 'untrusted' };

/** The state of a key that has an answer in progress. */
export type OpenKeyState = 'live' | 'revoked' | 'stale' | 'expired';

export type Pulse =
  | { readonly verdict: 'untrusted' }
  | {
      readonly verdict: 'trusted';
      readonly nowMs: number;
      /** Gateways that pulsed within the last seconds, this one included. */
      readonly liveGateways: number;
      /** In the order of the keys asked about. */
      readonly states: readonly OpenKeyState[];
    };

/**
 * The gateway's side of what gateways and key services share.
 *
 * Guarantee: `spent`, and `live` in a pulse, are only said while the store's witness is valid, that is, while its
 * markers are complete up to the lease (docs/revocation.md). Over any number of gateways, `count` takes each value
 * once per key, policy and window as long as the store keeps its memory.
 * Not here: HTTP, SQL, plans and scopes.
 */
export interface AdmissionStore {
  /** One round trip. Rejects when the store cannot answer within its deadline; whether a unit was spent is then unknown. */
  spend(request: AdmissionRequest): Promise<Admission>;
  /** Says that this gateway lives, and asks about the keys that have answers in progress. */
  pulse(gatewayId: string, openKeys: readonly KeyKnowledge[]): Promise<Pulse>;
  /** The latest instant of the store's clock that it has told, Unix milliseconds; never ahead of that clock. */
  latestTimeMs(): number | undefined;
}

/**
 * Milliseconds for which a marker is kept; after that Redis drops it. A gateway uses no knowledge that is older by the
 * store's clock, and asks anew far more often, so no knowledge can outlive its marker.
 */
export const markerRetentionMs = 24 * 60 * 60 * 1000;

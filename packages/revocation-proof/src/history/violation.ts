export const violationKinds = [
  /** Sent after the acknowledged revocation or downgrade, and not refused, or seen by the upstream. */
  'stale_admit',
  /** Sent before the acknowledgement, and forwarded more than a second after it. */
  'late_forward',
  /** 401 for a key, or 402 for an organization, that was live during the whole request. */
  'false_denial',
  /** Acknowledged, and after every fault has healed the key is not refused. */
  'lost_revocation',
  /** Refused as revoked, and later admitted. */
  'resurrection',
  /** Never acknowledged, admitted later than it may still come into force, and then refused after all. */
  'late_revocation',
  /** 201 answered, and after every fault has healed the key does not work. */
  'lost_creation',
  'over_admission',
  'stream_not_cut',
  /** The upstream got the identity of another key than the one that called. */
  'wrong_identity',
] as const;

export type ViolationKind = (typeof violationKinds)[number];

export interface Violation {
  readonly kind: ViolationKind;
  readonly keyId: string;
  /** One sentence about the violation. */
  readonly what: string;
}

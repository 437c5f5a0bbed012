import type { ApiKeyId, OrganizationId } from '@engagetrack/contracts';
import type { Generation } from './generation.ts';

/** A change that every gateway must see before it counts as made. */
export type Mark =
  | { readonly kind: 'key_revoked'; readonly keyId: ApiKeyId }
  | { readonly kind: 'organization_changed'; readonly organizationId: OrganizationId; readonly epoch: number };

/**
 * The key service's side of what gateways and key services share. Revocation only grows: there is no call that takes
 * a marker away, and an epoch only rises.
 */
export interface RevocationStore {
  /**
   * Writes marks through the scripts of the generation whose witness is valid now.
   * @returns that generation, or undefined when there is none. Rejects when it is not certain that they were written.
   */
  mark(marks: readonly Mark[]): Promise<Generation | undefined>;
  /** Connects for the steps of one renewal, all on one connection; rejects when Redis cannot be reached. */
  openCycle(): Promise<RenewalCycle>;
  /** Calls `visit` with every mark that the store holds, a batch at a time; a mark may come twice. */
  visitMarks(visit: (marks: readonly Mark[]) => Promise<void>): Promise<void>;
}

/**
 * The steps by which a renewer makes the store vouch for itself. The caller keeps the order (docs/revocation.md):
 * time, ledger row committed, snapshot, marks, witness. After any rejection the cycle is over and nothing of it may be
 * sent again.
 */
export interface RenewalCycle {
  /** Whether the store may drop markers to make room; then it must not be trusted at all. */
  mayEvict(): Promise<boolean>;
  /** The generation whose witness is valid now. */
  currentGeneration(): Promise<Generation | undefined>;

  /** Extension: the store's clock by a script of g; undefined when g is not the valid generation. */
  timeOf(g: Generation): Promise<number | undefined>;
  /** Marks under the witness of g; false when it is not valid any more. */
  markUnderWitness(g: Generation, marks: readonly Mark[]): Promise<boolean>;
  /** Lets the witness of g live until then, never shorter than before; false when it is not valid any more. */
  extendWitness(g: Generation, untilMs: number): Promise<boolean>;

  /** Reload: loads the scripts of g, claims the store for g, and gives its clock. */
  beginReload(g: Generation): Promise<number>;
  /** Marks under the claim of g; false when another reload has claimed the store. */
  markUnderClaim(g: Generation, marks: readonly Mark[]): Promise<boolean>;
  /** Sets the witness of g until then; false when the claim is lost or that instant has passed. */
  setWitness(g: Generation, untilMs: number): Promise<boolean>;
}

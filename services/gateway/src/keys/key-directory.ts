import type { ApiKeyHash } from '@engagetrack/api-key';
import type { ActiveIntrospection, ApiKeyId, OrganizationId, Plan, Scope } from '@engagetrack/contracts';
import { LRUCache } from 'lru-cache';
import type { Introspect } from './introspection-client.ts';

/** What a gateway knows of a live key. */
export interface KnownKey {
  readonly keyId: ApiKeyId;
  readonly organizationId: OrganizationId;
  readonly scopes: readonly Scope[];
  /** Unix milliseconds; undefined for a key without an end. */
  readonly expiresAtMs: number | undefined;
  readonly plan: Plan;
  readonly epoch: number;
  /** The admission store's clock before the authority was read, Unix milliseconds, as far as it had been heard then. */
  readonly readAtStoreTimeMs: number | undefined;
}

/**
 * The gateway's memory of keys. It only saves questions: no request is admitted on its word alone, because every
 * request also asks the admission store for markers and epochs.
 */
export interface KeyDirectory {
  /** The key, remembered or asked for; undefined when the authority says it is not active. */
  find(hash: ApiKeyHash): Promise<KnownKey | undefined>;
  /** The key by an authority read that begins after this call. */
  refresh(hash: ApiKeyHash): Promise<KnownKey | undefined>;
  /** Whether the key was live when last heard of, however long ago. Asks nobody. */
  remembers(hash: ApiKeyHash): boolean;
  forget(hash: ApiKeyHash): void;
  forgetKey(keyId: ApiKeyId): void;
  forgetOrganization(organizationId: OrganizationId): void;
}

export interface KeyDirectoryOptions {
  readonly introspect: Introspect;
  /** A monotonic clock, milliseconds. */
  readonly monotonicNow: () => number;
  /** Never ahead of the admission store's clock; undefined until it was heard. */
  readonly storeTimeMs: () => number | undefined;
}

const knownKeysMax = 50_000;
const unknownKeysMax = 65_536;
/** An entry is asked for anew when it is older than this, counted from the start of its look-up. */
const entryAgeMaxMs = 60_000;
/** A hash that is not a key's cannot become one (keys are random), so remembering it shadows nothing; short all the same. */
const unknownAgeMaxMs = 2_000;

interface Entry {
  readonly key: KnownKey;
  readonly askedAtMs: number;
}

interface Read {
  readonly result: Promise<KnownKey | undefined>;
  next: Promise<KnownKey | undefined> | undefined;
}

export function createKeyDirectory({ introspect, monotonicNow, storeTimeMs }: KeyDirectoryOptions): KeyDirectory {
  const known = new LRUCache<ApiKeyHash, Entry>({ max: knownKeysMax });
  const unknown = new LRUCache<ApiKeyHash, number>({ max: unknownKeysMax });
  const reads = new Map<ApiKeyHash, Read>();

  return {
    find: async (hash) => {
      const entry = known.get(hash);
      if (entry !== undefined && monotonicNow() - entry.askedAtMs < entryAgeMaxMs) return entry.key;
      const unknownSinceMs = unknown.get(hash);
      if (unknownSinceMs !== undefined && monotonicNow() - unknownSinceMs < unknownAgeMaxMs) return undefined;
      return (reads.get(hash) ?? startRead(hash)).result;
    },
    refresh: (hash) => {
      const current = reads.get(hash);
      if (current === undefined) return startRead(hash).result;
      // The current read may have begun before the change that the caller must see; whatever begins after it has not.
      const readAfter = () => (reads.get(hash) ?? startRead(hash)).result;
      current.next ??= current.result.then(readAfter, readAfter);
      return current.next;
    },
    remembers: (hash) => known.has(hash),
    forget: (hash) => {
      known.delete(hash);
    },
    forgetKey: (keyId) => forgetWhere((key) => key.keyId === keyId),
    forgetOrganization: (organizationId) => forgetWhere((key) => key.organizationId === organizationId),
  };

  function startRead(hash: ApiKeyHash): Read {
    const askedAtMs = monotonicNow();
    const readAtStoreTimeMs = storeTimeMs();
    const result = introspect(hash).then(
      (answer) => {
        reads.delete(hash);
        if (answer.active) {
          const key = knownKeyFrom(answer, readAtStoreTimeMs);
          known.set(hash, { key, askedAtMs });
          return key;
        }
        known.delete(hash);
        unknown.set(hash, askedAtMs);
        return undefined;
      },
      (error: unknown) => {
        reads.delete(hash);
        throw error;
      },
    );
    const read: Read = { result, next: undefined };
    reads.set(hash, read);
    return read;
  }

  function forgetWhere(matches: (key: KnownKey) => boolean): void {
    for (const [hash, { key }] of known.entries()) if (matches(key)) known.delete(hash);
  }
}

function knownKeyFrom({ key, organization }: ActiveIntrospection, readAtStoreTimeMs: number | undefined): KnownKey {
  return {
    keyId: key.id,
    organizationId: key.organization_id,
    scopes: key.scopes,
    expiresAtMs: key.expires_at === null ? undefined : Date.parse(key.expires_at),
    plan: organization.plan,
    epoch: organization.epoch,
    readAtStoreTimeMs,
  };
}

import type { ApiKeyHash } from '@engagetrack/api-key';
import type { ActiveIntrospection, ApiKeyId, OrganizationId, Plan, Scope } from '@engagetrack/contracts';
import { LRUCache } from 'lru-cache';
import type { AskAuthority, MayAsk } from './introspection-lanes.ts';

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
  /**
   * The key, remembered or asked for; undefined when the authority says it is not active.
   * @param mayAsk is called before the authority is asked about a hash that is not remembered; what it throws rejects
   * this call, and no other one that waits for the same answer.
   * @throws at once what {@link AskAuthority} does.
   */
  find(hash: ApiKeyHash, mayAsk?: MayAsk): Promise<KnownKey | undefined>;
  /** The key by an authority read that begins after this call. */
  refresh(hash: ApiKeyHash): Promise<KnownKey | undefined>;
  /** Whether the key was live when last heard of, however long ago. Asks nobody. */
  remembers(hash: ApiKeyHash): boolean;
  /** Whether the key is remembered, or the authority is being asked about it. */
  mayBeLive(hash: ApiKeyHash): boolean;
  forget(hash: ApiKeyHash): void;
  forgetKey(keyId: ApiKeyId): void;
  forgetOrganization(organizationId: OrganizationId): void;
  /** Gives memory back: forgets who is nobody, and the half of the keys that was used longest ago. */
  shed(): void;
}

export interface KeyDirectoryOptions {
  readonly introspect: AskAuthority;
  /** A monotonic clock, milliseconds. */
  readonly monotonicNow: () => number;
  /** Never ahead of the admission store's clock; undefined until it was heard. */
  readonly storeTimeMs: () => number | undefined;
}

const knownKeysMax = 50_000;
const unknownKeysMax = 16_384;
/** An entry is asked for anew when it is older than this, counted from the start of its look-up. */
const entryAgeMaxMs = 60_000;
/**
 * An entry in use is renewed beside the requests, at an age that differs from entry to entry: neither does a key in use
 * ever wait for the authority again, nor do keys that were asked about together come back together. Whenever the
 * authority goes away, an entry in use lasts for half a minute more.
 */
const renewalAgeMinMs = 15_000;
const renewalAgeMaxMs = 28_000;
/** After a renewal that failed; until the entry is too old, there is no hurry. */
const renewalRetryMs = 3_000;
/** A hash that is not a key's cannot become one (keys are random), so remembering it shadows nothing; short all the same. */
const unknownAgeMaxMs = 2_000;

interface Entry {
  readonly key: KnownKey;
  readonly askedAtMs: number;
  renewAtMs: number;
}

interface Read {
  readonly result: Promise<KnownKey | undefined>;
  readonly question: Question;
  next: Promise<KnownKey | undefined> | undefined;
}

interface Question {
  /** By whoever was to ask it, before the authority was asked; for everybody else who waits it is as if there had been none. */
  isWithdrawn: boolean;
}

export function createKeyDirectory({ introspect, monotonicNow, storeTimeMs }: KeyDirectoryOptions): KeyDirectory {
  const known = new LRUCache<ApiKeyHash, Entry>({ max: knownKeysMax });
  const unknown = new LRUCache<ApiKeyHash, number>({ max: unknownKeysMax });
  const reads = new Map<ApiKeyHash, Read>();

  return {
    find,
    refresh: (hash) => {
      const current = reads.get(hash);
      if (current === undefined) return startRead(hash).result;
      // The current read may have begun before the change that the caller must see; whatever begins after it has not.
      const readAfter = () => (reads.get(hash) ?? startRead(hash)).result;
      current.next ??= current.result.then(readAfter, readAfter);
      return current.next;
    },
    remembers: (hash) => known.has(hash),
    mayBeLive: (hash) => known.has(hash) || reads.has(hash),
    forget: (hash) => {
      known.delete(hash);
    },
    forgetKey: (keyId) => forgetWhere((key) => key.keyId === keyId),
    forgetOrganization: (organizationId) => forgetWhere((key) => key.organizationId === organizationId),
    shed: () => {
      unknown.clear();
      for (let left = Math.ceil(known.size / 2); left > 0; left -= 1) known.pop();
    },
  };

  function find(hash: ApiKeyHash, mayAsk?: MayAsk): Promise<KnownKey | undefined> {
    const nowMs = monotonicNow();
    const entry = known.get(hash);
    if (entry !== undefined && nowMs - entry.askedAtMs < entryAgeMaxMs) {
      if (nowMs >= entry.renewAtMs && !reads.has(hash)) renew(hash, entry);
      return Promise.resolve(entry.key);
    }
    const unknownSinceMs = unknown.get(hash);
    if (unknownSinceMs !== undefined && nowMs - unknownSinceMs < unknownAgeMaxMs) return Promise.resolve(undefined);
    const shared = reads.get(hash);
    if (shared === undefined) return startRead(hash, entry === undefined ? mayAsk : undefined).result;
    return shared.result.catch((error: unknown) => {
      if (!shared.question.isWithdrawn) throw error;
      return find(hash, mayAsk);
    });
  }

  /** Whoever asks for the key meanwhile gets what is known. */
  function renew(hash: ApiKeyHash, entry: Entry): void {
    startRead(hash).result.catch(() => {
      entry.renewAtMs = monotonicNow() + renewalRetryMs;
    });
  }

  function startRead(hash: ApiKeyHash, mayAsk?: MayAsk): Read {
    const askedAtMs = monotonicNow();
    const readAtStoreTimeMs = storeTimeMs();
    const question: Question = { isWithdrawn: false };
    const result = introspect(hash, mayAsk && (() => askUnlessWithdrawn(question, mayAsk))).then(
      (answer) => {
        reads.delete(hash);
        if (answer.active) {
          const key = knownKeyFrom(answer, readAtStoreTimeMs);
          known.set(hash, { key, askedAtMs, renewAtMs: askedAtMs + renewalAgeMs(hash) });
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
    const read: Read = { result, question, next: undefined };
    reads.set(hash, read);
    return read;
  }

  function forgetWhere(matches: (key: KnownKey) => boolean): void {
    for (const [hash, { key }] of known.entries()) if (matches(key)) known.delete(hash);
  }
}

/** A hash is as good as a random number, and always the same one. */
function renewalAgeMs(hash: ApiKeyHash): number {
  const share = Number.parseInt(hash.slice(0, 8), 16) / 2 ** 32;
  return renewalAgeMinMs + share * (renewalAgeMaxMs - renewalAgeMinMs);
}

function askUnlessWithdrawn(question: Question, mayAsk: MayAsk): void {
  try {
    mayAsk();
  } catch (error) {
    question.isWithdrawn = true;
    throw error;
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

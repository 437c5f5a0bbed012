import type { ApiKeyHash } from '@engagetrack/api-key';
import type { ActiveIntrospection, ApiKeyId, OrganizationId, Plan, Scope } from '@engagetrack/contracts';
import { LRUCache } from 'lru-cache';
import type { AskAuthority, MayAsk } from './introspection-limit.ts';

/** A gateway's knowledge of a live key. */
export interface KnownKey {
  readonly keyId: ApiKeyId;
  readonly organizationId: OrganizationId;
  readonly scopes: readonly Scope[];
  /** Unix milliseconds; undefined for a key without an end. */
  readonly expiresAtMs: number | undefined;
  readonly plan: Plan;
  readonly epoch: number;
  /**
   * Unix milliseconds of the admission store's clock before the authority was read; undefined before its first answer.
   */
  readonly readAtStoreTimeMs: number | undefined;
}

/**
 * The gateway's memory of keys. It only saves questions: it admits no request by itself, because every request also
 * asks the admission store for markers and epochs.
 */
export interface KeyDirectory {
  /**
   * Finds the key in memory, else asks the authority; undefined when the authority calls it inactive.
   * @param mayAsk is called before the authority is asked about an unknown hash; its error rejects this call, and no
   * other one that waits for the same answer.
   * @returns rejects with the errors of {@link AskAuthority}.
   */
  find(hash: ApiKeyHash, mayAsk?: MayAsk): Promise<KnownKey | undefined>;
  /** The key, by an authority read that begins after this call. */
  refresh(hash: ApiKeyHash): Promise<KnownKey | undefined>;
  /** Whether the authority called it inactive within the last minute. Asks no question. */
  rememberedDead(hash: ApiKeyHash): boolean;
  forget(hash: ApiKeyHash): void;
  forgetKey(keyId: ApiKeyId): void;
  forgetOrganization(organizationId: OrganizationId): void;
  /** Gives memory back: forgets unknown hashes, and the half of the keys that was used longest ago. */
  shed(): void;
}

export interface KeyDirectoryOptions {
  readonly introspect: AskAuthority;
  /** A monotonic clock, milliseconds. */
  readonly monotonicNow: () => number;
  /** Never ahead of the admission store's clock; undefined until it was heard. */
  readonly storeTimeMs: () => number | undefined;
  /** Keys that are remembered. Above it the key that was used longest ago is forgotten, and asked for anew. */
  readonly knownKeysMax: number;
  /** Unknown hashes that are remembered. Above it the oldest is forgotten. */
  readonly unknownKeysMax?: number;
}

const usualUnknownKeysMax = 16_384;
/** Milliseconds since the start of the look-up. An older entry is asked for anew. */
const entryAgeMaxMs = 60_000;
/**
 * Milliseconds. An entry in use is renewed beside the requests, at an age between these that differs from entry to
 * entry: no request waits for the renewal, and keys that were asked about together are not renewed together. When the
 * authority goes away, an entry in use lasts for half a minute more.
 */
const renewalAgeMinMs = 15_000;
const renewalAgeMaxMs = 28_000;
/** Milliseconds between a failed renewal and the next; the entry is still valid, so there is no hurry. */
const renewalRetryMs = 3_000;
/**
 * Milliseconds. An older answer "unknown" is asked for anew. An unknown hash cannot become a key's, because keys are
 * random, so the memory could be longer.
 */
const unknownAgeMaxMs = 2_000;
/** Milliseconds that a failed look-up of a key is remembered; after them the key counts as a new failure. */
const deadMemoryMs = 60_000;

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
  /** Set when its own caller may not ask, before the authority was asked; the other waiting callers then ask anew. */
  isWithdrawn: boolean;
}

export function createKeyDirectory(options: KeyDirectoryOptions): KeyDirectory {
  const { introspect, monotonicNow, storeTimeMs, knownKeysMax, unknownKeysMax = usualUnknownKeysMax } = options;
  const known = new LRUCache<ApiKeyHash, Entry>({ max: knownKeysMax });
  const unknown = new LRUCache<ApiKeyHash, number>({ max: unknownKeysMax });
  const reads = new Map<ApiKeyHash, Read>();

  return {
    find,
    refresh: (hash) => {
      const current = reads.get(hash);
      if (current === undefined) return startRead(hash).result;
      // The current read may have begun before the change that the caller must see; the next one begins after it.
      const readAfter = () => (reads.get(hash) ?? startRead(hash)).result;
      current.next ??= current.result.then(readAfter, readAfter);
      return current.next;
    },
    rememberedDead: (hash) => {
      const sinceMs = unknown.peek(hash);
      return sinceMs !== undefined && monotonicNow() - sinceMs < deadMemoryMs;
    },
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

  /** Until the renewal ends, requests get the present entry. */
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

import type { AdmissionStore, OpenKeyState } from '@engagetrack/admission-store';
import type { ApiKeyHash } from '@engagetrack/api-key';
import { type ApiKeyId, apiAccessByPlan, type OrganizationId } from '@engagetrack/contracts';
import { createBoundedWork, createLine, type Line } from '@engagetrack/service-chassis';
import type { StoreClock } from '../store-clock.ts';
import type { GatewayMetrics } from '../telemetry/metrics.ts';
import type { KeyDirectory, KnownKey } from './key-directory.ts';

/**
 * The answers in progress, by key. Each is cut within a second of its key's revocation, downgrade or expiry, with or
 * without an announcement. Bytes that were sent are not recalled.
 */
export interface WatchedAnswers {
  /** Watches an answer until the returned function is called. */
  watch(key: HashedKey, cut: (reason: CutReason) => void): () => void;
  cutKey(keyId: ApiKeyId): void;
  /** Asks the authority at once about this organization's keys with answers in progress. */
  recheckOrganization(organizationId: OrganizationId): void;
  /** The number of gateways that pulsed lately, this one included. */
  liveGateways(): number | undefined;
  start(): void;
  stop(): void;
}

export interface WatchedAnswersParts {
  readonly gatewayId: string;
  readonly store: AdmissionStore;
  readonly directory: KeyDirectory;
  readonly clock: StoreClock;
  readonly metrics: GatewayMetrics;
  /** A clock that never steps, milliseconds. */
  readonly monotonicNow: () => number;
}

const pulseIntervalMs = 500;
/**
 * Milliseconds. Younger answers were just decided on and are not asked about. With the interval it stays well below the
 * promised second.
 */
const youngMs = 250;
/** Milliseconds. An answer that nothing has vouched for in this time is cut. */
const unvouchedMaxMs = 5_000;
/** Keys. More would make a pulse hold up the store; the same round asks about the rest, one question after another. */
const keysPerPulseMax = 500;
/** Questions to the authority at once; the rest of its time is for requests. */
const recheckBounds = { concurrentMax: 16, waitingMax: 50_000, waitMs: unvouchedMaxMs };

/** Why an answer was cut, for its log line. */
export type CutReason = 'revoked_key' | 'expired_key' | 'plan_required' | 'unvouched_key';

/** A known key with the hash by which the authority can be asked again. */
export type HashedKey = KnownKey & { readonly hash: ApiKeyHash };

/** All answers of one key. */
interface OpenKey {
  known: KnownKey;
  readonly hash: ApiKeyHash;
  readonly cuts: Line<(reason: CutReason) => void>;
  readonly openedAtMs: number;
  vouchedAtMs: number;
  isChecking: boolean;
}

export function createWatchedAnswers(parts: WatchedAnswersParts): WatchedAnswers {
  const { gatewayId, store, directory, clock, metrics, monotonicNow } = parts;
  /** A key stays until the next round after its last answer: members of a Map that come and go leave garbage (line.ts). */
  const open = new Map<ApiKeyId, OpenKey>();
  const bounded = createBoundedWork(recheckBounds);
  let liveGateways: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  return {
    watch: (principal, cut) => {
      const nowMs = monotonicNow();
      let key = open.get(principal.keyId);
      // A verdict about answers that have ended does not apply to later ones, so these get a record of their own.
      if (key === undefined || key.cuts.size === 0) {
        key = {
          known: principal,
          hash: principal.hash,
          cuts: createLine(),
          openedAtMs: nowMs,
          vouchedAtMs: nowMs,
          isChecking: false,
        };
        open.set(principal.keyId, key);
      }
      const leave = key.cuts.join(cut);
      metrics.answersWatched.inc();
      return () => {
        if (leave()) metrics.answersWatched.dec();
      };
    },
    cutKey: (keyId) => cut(open.get(keyId), 'revoked_key'),
    recheckOrganization: (organizationId) => {
      for (const key of open.values())
        if (key.cuts.size > 0 && key.known.organizationId === organizationId) void recheck(key);
    },
    liveGateways: () => liveGateways,
    start: () => beginRound(),
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };

  function beginRound(): void {
    void round().finally(() => {
      if (isStopped) return;
      timer = setTimeout(beginRound, pulseIntervalMs);
      timer.unref();
    });
  }

  /** Also without an answer in progress: a pulse tells the others that this gateway lives, and counts them. */
  async function round(): Promise<void> {
    const oldEnoughMs = monotonicNow() - youngMs;
    for (const [keyId, { cuts }] of open) if (cuts.size === 0) open.delete(keyId);
    const keys = [...open.values()].filter(({ openedAtMs }) => openedAtMs <= oldEnoughMs);
    let first = 0;
    do {
      await pulse(keys.slice(first, first + keysPerPulseMax));
      first += keysPerPulseMax;
    } while (first < keys.length);
    for (const key of keys) if (monotonicNow() - key.vouchedAtMs > unvouchedMaxMs) cut(key, 'unvouched_key');
  }

  async function pulse(keys: readonly OpenKey[]): Promise<void> {
    const askedAtMs = monotonicNow();
    try {
      const answer = await store.pulse(
        gatewayId,
        keys.map(({ known }) => known),
      );
      metrics.witnessTrusted.set(answer.verdict === 'trusted' ? 1 : 0);
      if (answer.verdict === 'trusted') {
        liveGateways = answer.liveGateways;
        clock.heard(answer.nowMs);
        for (const [index, key] of keys.entries()) apply(key, answer.states[index], askedAtMs);
        return;
      }
    } catch {
      metrics.witnessTrusted.set(0);
    }
    for (const key of keys) void recheck(key);
  }

  function apply(key: OpenKey, state: OpenKeyState | undefined, askedAtMs: number): void {
    switch (state) {
      case 'live':
        key.vouchedAtMs = askedAtMs;
        break;
      case 'revoked':
        cut(key, 'revoked_key');
        break;
      case 'expired':
        cut(key, 'expired_key');
        break;
      case 'stale':
      case undefined:
        void recheck(key);
        break;
    }
  }

  /** Asks the authority; without an answer the key stays unvouched. */
  async function recheck(key: OpenKey): Promise<void> {
    if (key.isChecking) return;
    key.isChecking = true;
    try {
      let askedAtMs = 0;
      const known = await bounded(() => {
        askedAtMs = monotonicNow();
        return directory.refresh(key.hash);
      });
      if (known === undefined || !apiAccessByPlan[known.plan]) {
        // The authority does not tell a revoked key from an expired one.
        cut(key, known === undefined ? 'revoked_key' : 'plan_required');
        return;
      }
      key.known = known;
      key.vouchedAtMs = askedAtMs;
    } catch {
      // Without an answer the next round tries again, until the key has been unvouched for too long.
    } finally {
      key.isChecking = false;
    }
  }

  function cut(key: OpenKey | undefined, reason: CutReason): void {
    if (key === undefined) return;
    if (open.get(key.known.keyId) === key) open.delete(key.known.keyId);
    for (const cutOne of key.cuts) {
      metrics.streamsCut.inc();
      cutOne(reason);
    }
  }
}

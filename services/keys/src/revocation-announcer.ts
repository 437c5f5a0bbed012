import type { AnnouncementBus, MarkerStore } from '@engagetrack/admission-store';
import type { Logger } from '@engagetrack/service-chassis';
import type { ApiKeyStore, PendingChange } from './api-key-store.ts';
import type { KeysMetrics } from './metrics.ts';

/**
 * Makes the gateways see a change: the admission store first, which every request asks, then the announcement, which
 * only speeds things up.
 */
export interface RevocationAnnouncer {
  /** Resolves once no gateway can still act on the old state; rejects when that is not certain yet. */
  announce(change: PendingChange): Promise<void>;
  /** Completes whatever a crash or an outage has left in the outbox, until stopped. */
  start(): void;
  stop(): Promise<void>;
}

export interface RevocationAnnouncerParts {
  readonly store: ApiKeyStore;
  readonly markers: MarkerStore;
  readonly announcements: AnnouncementBus;
  readonly metrics: KeysMetrics;
  readonly log: Logger;
}

const retryIntervalMs = 500;
const pendingPerRoundMax = 200;

export function createRevocationAnnouncer(parts: RevocationAnnouncerParts): RevocationAnnouncer {
  const { store, markers, announcements, metrics, log } = parts;
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> = Promise.resolve();
  let failing = false;

  return {
    announce,
    start: () => {
      timer = setTimeout(tick, 0);
    },
    stop: async () => {
      clearTimeout(timer);
      timer = undefined;
      await round;
    },
  };

  async function announce({ outboxId, organizationId, change }: PendingChange): Promise<void> {
    switch (change.kind) {
      case 'key_revoked':
        await markers.markRevoked(change.keyId);
        break;
      case 'organization_changed':
        await markers.raiseEpoch(organizationId, change.epoch);
        break;
    }
    // From here on every gateway refuses; neither of these two failing may take that back.
    await publish({ organizationId, change });
    await store.confirm(outboxId).catch((error: unknown) => log.warn({ at: 'outbox_not_confirmed', err: error }));
  }

  async function publish({ organizationId, change }: Omit<PendingChange, 'outboxId'>): Promise<void> {
    try {
      await announcements.announce(
        change.kind === 'key_revoked'
          ? { kind: 'key_revoked', key_id: change.keyId, organization_id: organizationId }
          : { kind: 'organization_changed', organization_id: organizationId, epoch: change.epoch },
      );
    } catch (error) {
      log.warn({ at: 'announcement_lost', err: error });
    }
  }

  function tick(): void {
    round = completePending().finally(() => {
      if (timer !== undefined) timer = setTimeout(tick, retryIntervalMs);
    });
  }

  async function completePending(): Promise<void> {
    try {
      for (const change of await store.listPending(pendingPerRoundMax)) await announce(change);
      metrics.outboxUnconfirmed.set(await store.countPending());
      failing = false;
    } catch (error) {
      if (!failing) log.warn({ at: 'announcements_delayed', err: error });
      failing = true;
    }
  }
}

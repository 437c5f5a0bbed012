import type { AnnouncementBus, Mark } from '@engagetrack/admission-store';
import type { OrganizationId } from '@engagetrack/contracts';
import type { Logger } from '@engagetrack/service-chassis';

/**
 * Tells the gateways of a change, so that they forget early and cut streams at once. No guarantee depends on its
 * arrival.
 */
export type AnnounceChange = (organizationId: OrganizationId, change: Mark) => void;

export function createRevocationAnnouncer(announcements: AnnouncementBus, log: Logger): AnnounceChange {
  return (organizationId, change) => {
    announcements
      .announce(
        change.kind === 'key_revoked'
          ? { kind: 'key_revoked', key_id: change.keyId, organization_id: organizationId }
          : { kind: 'organization_changed', organization_id: organizationId, epoch: change.epoch },
      )
      .catch((error: unknown) => log.debug({ at: 'announcement_lost', err: error }));
  };
}

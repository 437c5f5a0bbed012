import type { AnnouncementBus } from '@engagetrack/admission-store';
import type { Announcement } from '@engagetrack/contracts';
import type { KeyDirectory } from './key-directory.ts';

/**
 * Lets announcements purge the directory early. Only an accelerator: with every announcement lost, each request still
 * meets the marker or the epoch in the admission store.
 * @returns stops listening.
 */
export function followRevocations(announcements: AnnouncementBus, directory: KeyDirectory): () => void {
  return announcements.subscribe((announcement) => apply(announcement, directory));
}

function apply(announcement: Announcement, directory: KeyDirectory): void {
  switch (announcement.kind) {
    case 'key_revoked':
      directory.forgetKey(announcement.key_id);
      break;
    case 'organization_changed':
      directory.forgetOrganization(announcement.organization_id);
      break;
  }
}

import type { AnnouncementBus } from '@engagetrack/admission-store';
import type { Announcement } from '@engagetrack/contracts';
import type { KeyDirectory } from './key-directory.ts';
import type { OpenStreams } from './open-streams.ts';

/**
 * Lets announcements purge the directory and cut answers early. Only an accelerator: with every announcement lost, each
 * request still meets the marker or the epoch in the admission store.
 * @returns a function that stops listening.
 */
export function followRevocations(
  announcements: AnnouncementBus,
  directory: KeyDirectory,
  openStreams: OpenStreams,
): () => void {
  return announcements.subscribe((announcement) => apply(announcement, directory, openStreams));
}

function apply(announcement: Announcement, directory: KeyDirectory, openStreams: OpenStreams): void {
  switch (announcement.kind) {
    case 'key_revoked':
      directory.forgetKey(announcement.key_id);
      openStreams.cutKey(announcement.key_id);
      break;
    case 'organization_changed':
      directory.forgetOrganization(announcement.organization_id);
      openStreams.recheckOrganization(announcement.organization_id);
      break;
  }
}

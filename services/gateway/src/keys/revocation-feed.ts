import type { AnnouncementBus } from '@engagetrack/admission-store';
import type { Announcement } from '@engagetrack/contracts';
import type { KeyDirectory } from './key-directory.ts';
import type { WatchedAnswers } from './watched-answers.ts';

/**
 * Lets announcements purge the directory and cut answers early. Only an accelerator: with every announcement lost, each
 * request still meets the marker or the epoch in the admission store.
 * @returns a function that stops listening.
 */
export function followRevocations(
  announcements: AnnouncementBus,
  directory: KeyDirectory,
  watchedAnswers: WatchedAnswers,
): () => void {
  return announcements.subscribe((announcement) => apply(announcement, directory, watchedAnswers));
}

function apply(announcement: Announcement, directory: KeyDirectory, watchedAnswers: WatchedAnswers): void {
  switch (announcement.kind) {
    case 'key_revoked':
      directory.forgetKey(announcement.key_id);
      watchedAnswers.cutKey(announcement.key_id);
      break;
    case 'organization_changed':
      directory.forgetOrganization(announcement.organization_id);
      watchedAnswers.recheckOrganization(announcement.organization_id);
      break;
  }
}

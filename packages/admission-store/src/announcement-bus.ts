import type { Announcement } from '@engagetrack/contracts';

/** Carries announcements from the key service to the gateways: at most once, in no promised order, possibly never. */
export interface AnnouncementBus {
  announce(announcement: Announcement): Promise<void>;
  /** Calls the listener for every announcement until the returned function is called. */
  subscribe(listener: (announcement: Announcement) => void): () => void;
}

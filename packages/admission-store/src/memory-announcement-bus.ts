import { EventEmitter } from 'node:events';
import type { Announcement } from '@engagetrack/contracts';
import type { AnnouncementBus } from './announcement-bus.ts';

/** For the embedded mode: announcements stay in this process. */
export function createMemoryAnnouncementBus(): AnnouncementBus {
  const emitter = new EventEmitter<{ announcement: [Announcement] }>();
  emitter.setMaxListeners(0);
  return {
    announce: async (announcement) => {
      emitter.emit('announcement', announcement);
    },
    subscribe: (listener) => {
      emitter.on('announcement', listener);
      return () => emitter.off('announcement', listener);
    },
  };
}

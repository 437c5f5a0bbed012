export type { Admission, AdmissionRequest, AdmissionStore, RateLimitPolicy, Spent } from './admission-store.ts';
export type { AnnouncementBus } from './announcement-bus.ts';
export type { MarkerStore } from './marker-store.ts';
export { createMemoryAdmissionStore } from './memory-admission-store.ts';
export { createMemoryAnnouncementBus } from './memory-announcement-bus.ts';
export { createRedisAdmissionStore } from './redis-admission-store.ts';
export { createRedisAnnouncementBus } from './redis-announcement-bus.ts';

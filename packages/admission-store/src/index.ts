export {
  type Admission,
  type AdmissionRequest,
  type AdmissionStore,
  type CarriedCount,
  type KeyKnowledge,
  markerRetentionMs,
  type OpenKeyState,
  type Pulse,
  type RateLimitPolicy,
  type Spent,
} from './admission-store.ts';
export type { AnnouncementBus } from './announcement-bus.ts';
export { type Generation, newGeneration } from './generation.ts';
export { createMemoryAnnouncementBus } from './memory-announcement-bus.ts';
export { createMemoryStores, type MemoryStores } from './memory-stores.ts';
export { createRedisAdmissionStore } from './redis-admission-store.ts';
export { createRedisAnnouncementBus } from './redis-announcement-bus.ts';
export { createRedisRevocationStore } from './redis-revocation-store.ts';
export type { Mark, RenewalCycle, RevocationStore } from './revocation-store.ts';
export { windowEndMs } from './window.ts';

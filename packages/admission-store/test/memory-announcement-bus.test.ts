import { describe } from '@jest/globals';
import { createMemoryAnnouncementBus } from '../src/index.ts';
import { itKeepsTheAnnouncementPromises } from './announcement-bus-contract.ts';

describe('the in-memory announcement bus', () => {
  itKeepsTheAnnouncementPromises(async () => {
    const bus = createMemoryAnnouncementBus();
    return { announcer: bus, gateway: bus, close: async () => undefined };
  });
});

import { findFaketime } from '@engagetrack/test-ground/stores';
import type { Fault } from './fault.ts';

/**
 * A wall clock is wrong by an hour; expiry and windows follow Redis's clock, so nothing may change. Redis's own clock
 * cannot be stepped this way: the library and Redis's allocator wait for each other.
 */
export const clockFaults: readonly Fault[] = [
  wrongClock('F15.gateway-clock', "a gateway's clock an hour off", 'gateways'),
  wrongClock('F15.keys-clock', "a key service's clock an hour off", 'keyServices'),
];

const advice = 'install libfaketime (Debian, Ubuntu: apt-get install libfaketime), or set TEST_LIBFAKETIME to its file';

function wrongClock(id: string, what: string, services: 'gateways' | 'keyServices'): Fault {
  return {
    id,
    what,
    holdMs: [2_000, 1_000],
    promises: {},
    aftermath: services === 'keyServices' ? 'dead_instance' : 'none',
    missing: async () => ((await findFaketime()) === undefined ? advice : undefined),
    arm: async ({ product, random }) => {
      const service = random.pick(product[services]);
      const variables = {
        LD_PRELOAD: (await findFaketime()) ?? '',
        FAKETIME: random.pick(['+3600', '-3600']),
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      };
      return { inject: () => service.restart(variables), heal: () => service.restart() };
    },
  };
}

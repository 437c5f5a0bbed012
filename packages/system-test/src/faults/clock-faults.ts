import { existsSync } from 'node:fs';
import { armed, type Fault } from './fault.ts';

/** Where Debian, Ubuntu and a build from source put it. */
const libraryFiles = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/local/lib/faketime/libfaketime.so.1',
];

/** A wall clock is wrong by an hour; expiry and windows go by Redis's clock, so nothing may change. */
export const clockFaults: readonly Fault[] = [
  wrongClock('F15.gateway-clock', "a gateway's clock an hour off", 'gateways'),
  wrongClock('F15.keys-clock', "a key service's clock an hour off", 'keyServices'),
];

function wrongClock(id: string, what: string, services: 'gateways' | 'keyServices'): Fault {
  return {
    id,
    what,
    holdMs: [2_000, 1_000],
    promises: {},
    aftermath: services === 'keyServices' ? 'dead_instance' : 'none',
    missing: () =>
      findLibrary() === undefined
        ? 'libfaketime is not installed (Debian, Ubuntu: apt-get install libfaketime, or set TEST_LIBFAKETIME to its file)'
        : undefined,
    arm: armed(({ product, random }) => {
      const service = random.pick(product[services]);
      const offset = random.pick(['+3600', '-3600']);
      return {
        inject: () =>
          service.restart({
            LD_PRELOAD: findLibrary() ?? '',
            FAKETIME: offset,
            FAKETIME_DONT_FAKE_MONOTONIC: '1',
          }),
        heal: () => service.restart(),
      };
    }),
  };
}

function findLibrary(): string | undefined {
  const chosen = process.env.TEST_LIBFAKETIME;
  return [...(chosen ? [chosen] : []), ...libraryFiles].find((file) => existsSync(file));
}

import type { RunningService } from '@engagetrack/test-ground';
import { armed, type Fault } from './fault.ts';
import { stallOnSignal } from './process-faults.ts';

/** The variables of a service of a later version, with other admission scripts. */
export const laterVersion = {
  ...stallOnSignal,
  NODE_OPTIONS: `${stallOnSignal.NODE_OPTIONS} --import=${new URL('./newer-scripts.mjs', import.meta.url).href}`,
};

/**
 * A later version replaces the services one by one, key services first; healing restores the earlier version the same
 * way.
 */
export const rollingDeployment: Fault = {
  id: 'F14.rolling',
  what: 'a later version with other scripts rolled out, and back',
  holdMs: [1_000, 500],
  promises: {},
  aftermath: 'none',
  arm: armed(({ product: { keyServices, gateways } }) => ({
    inject: () => roll([...keyServices, ...gateways], laterVersion),
    heal: () => roll([...gateways, ...keyServices]),
  })),
};

async function roll(services: readonly RunningService[], variables?: Readonly<Record<string, string>>): Promise<void> {
  for (const service of services) {
    await service.running.stop();
    await service.restart(variables);
  }
}

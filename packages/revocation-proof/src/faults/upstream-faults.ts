import type { UpstreamBehaviour } from '@engagetrack/test-ground';
import { armed, type Fault } from './fault.ts';

/** Faults of an upstream affect its callers' answers, but not the decision about them. */
export const upstreamFaults: readonly Fault[] = [
  upstreamThat('is slow', 'slow'),
  upstreamThat('resets every connection', 'resetting'),
  upstreamThat('breaks off its answers', 'broken'),
];

function upstreamThat(does: string, behaviour: UpstreamBehaviour): Fault {
  return {
    id: `F19.upstream-${behaviour}`,
    what: `the upstream ${does}`,
    holdMs: [3_000, 1_500],
    promises: { acknowledgedWithinMs: 3_500 },
    aftermath: 'none',
    arm: armed(({ upstream }) => ({
      inject: async () => upstream.behave(behaviour),
      heal: async () => upstream.behave('well'),
    })),
  };
}

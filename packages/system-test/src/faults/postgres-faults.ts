import { armed, type Fault } from './fault.ts';

const promises = { knownKeysUnaffected: true } as const;

/** After each of them the key services trust no earlier generation, as after a failover of the database. */
export const postgresFaults: readonly Fault[] = [
  {
    id: 'F08.postgres-down',
    what: 'Postgres killed',
    holdMs: [30_000, 5_000],
    promises,
    aftermath: 'generation',
    arm: armed(({ postgres }) => ({ inject: postgres.kill, heal: postgres.restart })),
  },
  {
    id: 'F08.postgres-restart',
    what: 'Postgres killed and started at once',
    holdMs: [0, 0],
    promises,
    aftermath: 'generation',
    arm: armed(({ postgres }) => ({ inject: postgres.restart, heal: async () => undefined })),
  },
  {
    id: 'F08.postgres-frozen',
    what: 'Postgres SIGSTOP',
    holdMs: [5_000, 3_000],
    promises,
    aftermath: 'generation',
    arm: armed(({ postgres }) => ({ inject: postgres.freeze, heal: postgres.thaw })),
  },
];

import { openStores } from './open-stores.ts';
import { openRunPostgres, openRunRedis } from './run-stores.ts';

/**
 * Before any suite: one Redis and one Postgres for the whole run, whose addresses the suites find in the environment.
 * @throws with `CI=true` when a server is missing; elsewhere its suites are skipped.
 */
export default async function startRunStores(): Promise<void> {
  const opened = await Promise.allSettled([openRunRedis(process.env), openRunPostgres(process.env)]);
  const stores = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  openStores.push(...stores);
  for (const { variables } of stores) Object.assign(process.env, variables);
  process.stderr.write(`stores: ${stores.map(({ says }) => says).join(', ')}\n`);

  const failed = opened.find((each) => each.status === 'rejected');
  const refusal = failed?.reason ?? missingInCi(stores.some(({ missing }) => missing));
  if (refusal === undefined) return;
  // Jest runs no global tear-down after a set-up that failed.
  await Promise.all(stores.map((store) => store.stop()));
  throw refusal;
}

function missingInCi(missing: boolean): Error | undefined {
  return missing && process.env.CI === 'true'
    ? new Error('With CI=true no suite may be skipped; see the line above for what is missing')
    : undefined;
}

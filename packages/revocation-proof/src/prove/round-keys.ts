import { inParallel } from '@engagetrack/test-ground';
import { waitFor } from '@engagetrack/test-ground/stores';
import type { ProvingGround } from './proving-ground.ts';
import type { RecordedClient, RecordedKey } from './recorded-client.ts';

/** The keys of one round, by what becomes of them. Unless said otherwise every gateway knows them when it begins. */
export interface RoundKeys {
  readonly revoked: readonly RecordedKey[];
  /** Revoked too, with an answer in progress from every gateway. */
  readonly streaming: readonly RecordedKey[];
  /** Live all the time. */
  readonly control: readonly RecordedKey[];
  /** Live, and no gateway has ever heard of them. */
  readonly unseen: readonly RecordedKey[];
  /** Live, in the organization whose plan changes. */
  readonly planned: readonly RecordedKey[];
  /** Live, and used more often than they may be. */
  readonly limited: readonly RecordedKey[];
}

export interface RoundSize {
  readonly revoked: number;
  readonly streaming: number;
  readonly limited: number;
  /** Over how long the revocations are spread at least, milliseconds. */
  readonly spanMinMs: number;
}

const controlKeys = 6;
const unseenKeys = 12;
const plannedKeys = 2;
const concurrency = 12;
const streamDeadlineMs = 10_000;

export async function prepareKeys(client: RecordedClient, ground: ProvingGround, size: RoundSize): Promise<RoundKeys> {
  const create = (count: number, organizationId = ground.organizationId) =>
    inParallel(Array.from({ length: count }), concurrency, () => client.createKey(organizationId));
  const known = async (count: number, organizationId?: string) => {
    const keys = await create(count, organizationId);
    await inParallel(keys, concurrency, (key) => client.callEverywhere(key));
    return keys;
  };
  const keys = {
    revoked: await known(size.revoked),
    streaming: await known(size.streaming),
    control: await known(controlKeys),
    unseen: await create(unseenKeys),
    planned: await known(plannedKeys, ground.planOrganizationId),
    limited: await known(size.limited),
  };
  const streams = keys.streaming.flatMap((key) =>
    Array.from({ length: client.gateways }, (_, gateway) => ({ key, gateway })),
  );
  // What the fault before has left behind may still cost a refusal.
  for (const { key, gateway } of streams)
    await waitFor(() => client.openStream(key, gateway), {
      deadlineMs: streamDeadlineMs,
      what: 'an answer in progress',
    });
  return keys;
}

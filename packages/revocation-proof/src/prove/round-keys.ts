import { inParallel } from '@engagetrack/test-ground';
import { waitFor } from '@engagetrack/test-ground/stores';
import type { ProvingGround } from './proving-ground.ts';
import type { RecordedClient, RecordedKey } from './recorded-client.ts';

/**
 * The keys of one round, by their use. Every gateway knows them when the round begins, except where another rule is
 * given.
 */
export interface RoundKeys {
  readonly revoked: readonly RecordedKey[];
  /** Keys that are revoked with an answer in progress from every gateway. */
  readonly streaming: readonly RecordedKey[];
  /** Keys that are never revoked. */
  readonly control: readonly RecordedKey[];
  /** Live keys that no gateway has seen. */
  readonly unseen: readonly RecordedKey[];
  /** Live keys in the organization whose plan changes. */
  readonly planned: readonly RecordedKey[];
  /** Live keys that are used beyond their limit. */
  readonly limited: readonly RecordedKey[];
}

export interface RoundSize {
  readonly revoked: number;
  readonly streaming: number;
  readonly limited: number;
  /** Milliseconds over which the revocations are spread at least. */
  readonly spanMinMs: number;
}

const controlKeys = 6;
const unseenKeys = 12;
const plannedKeys = 2;
const concurrency = 12;
const streamDeadlineMs = 10_000;

export async function prepareKeys(client: RecordedClient, ground: ProvingGround, size: RoundSize): Promise<RoundKeys> {
  const { organizationId } = ground;
  const create = (count: number, one: () => Promise<RecordedKey>) =>
    inParallel(Array.from({ length: count }), concurrency, one);
  const known = (count: number, owner = organizationId) => create(count, () => client.createKnownKey(owner));
  const keys = {
    revoked: await known(size.revoked),
    streaming: await known(size.streaming),
    control: await known(controlKeys),
    unseen: await create(unseenKeys, () => client.createKey(organizationId)),
    planned: await known(plannedKeys, ground.planOrganizationId),
    limited: await known(size.limited),
  };
  const streams = keys.streaming.flatMap((key) =>
    Array.from({ length: client.gateways }, (_, gateway) => ({ key, gateway })),
  );
  // The aftermath of the fault before may still refuse a request.
  for (const { key, gateway } of streams)
    await waitFor(() => client.openStream(key, gateway), {
      deadlineMs: streamDeadlineMs,
      what: 'an answer in progress',
    });
  return keys;
}

import { setTimeout as delay } from 'node:timers/promises';
import { type ApiKeyListBody, apiKeyListSchema } from '@engagetrack/contracts';
import { inParallel } from '@engagetrack/test-ground';
import type { Outcome } from '../history/history.ts';
import { isSuccess } from '../history/history-index.ts';
import { keysUrl, keyUrl } from '../prove/addresses.ts';
import type { ProvingGround } from '../prove/proving-ground.ts';
import type { RecordedClient, RecordedKey } from '../prove/recorded-client.ts';
import type { CycleParts, Entry } from './kill-cycle.ts';

type BatchParts = Pick<CycleParts, 'ground' | 'recorder' | 'client' | 'records'>;

const concurrency = 12;
/** Milliseconds after the kill. Until then an unacknowledged revocation comes into force; later it never may. */
const settledMs = 3_300;
const attemptsMax = 100;
const retryMs = 100;

/**
 * Judges every call of a batch: an answered one must last; an unanswered one must have all of its effect or none, as
 * the step says at which the key service was killed.
 */
export async function judgeBatch({ ground, recorder, client, records }: BatchParts): Promise<void> {
  const { abandoned, dead, live } = records;
  await delay(settledMs);
  await inParallel(abandoned, concurrency, ({ subject }) => client.callEverywhere(subject));
  await judgeList({ ground, recorder, client, records });
  recorder.healthy();
  // A refusal now is not too late, if no gateway admitted the key above.
  await inParallel(abandoned, concurrency, ({ subject }) => client.callEverywhere(subject));
  await inParallel(abandoned, concurrency, (entry) => judgeAbandoned(entry, client));
  await inParallel([...dead, ...live], concurrency, ({ subject }) => lastWord(client, subject));
  await discardAll(ground);
}

async function judgeAbandoned({ subject, tally }: Entry<RecordedKey>, client: RecordedClient): Promise<void> {
  const outcome = await lastWord(client, subject);
  const isInForce = outcome === 401;
  if (isInForce) tally.inForce += 1;
  else tally.absent += 1;
  if (isInForce !== (tally.failpoint.leaves === 'effect'))
    tally.violations.push(`${subject.id}, whose DELETE was not answered, is answered ${outcome}`);
}

/** An unanswered creation either does not exist, or exists completely, once, unused and revocable. */
async function judgeList({ ground, records }: BatchParts): Promise<void> {
  const list = await listKeys(ground);
  const listed = new Set<string>(list.map(({ id }) => id));
  for (const { subject, tally } of records.dead)
    if (listed.has(subject.id)) tally.violations.push(`${subject.id} is revoked and listed`);
  for (const { subject, tally } of records.live)
    if (!listed.has(subject.id)) tally.violations.push(`${subject.id} is created and not listed`);
  for (const { subject, tally } of records.unanswered) {
    const entries = list.filter(({ name }) => name === subject);
    if (entries.length === 0) tally.absent += 1;
    else tally.inForce += 1;
    if (entries.length !== (tally.failpoint.leaves === 'effect' ? 1 : 0))
      tally.violations.push(`${subject}, whose creation was not answered, is listed ${entries.length} times`);
    for (const { id, last_used_at: lastUsedAt } of entries) {
      if (lastUsedAt !== null) tally.violations.push(`${id}, which nobody was given, is said to be used`);
      const outcome = await revoke(ground, id);
      if (outcome !== 204) tally.violations.push(`${id}, which nobody was given, cannot be revoked: ${outcome}`);
    }
  }
}

async function lastWord(client: RecordedClient, key: RecordedKey): Promise<Outcome | undefined> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const { outcome } = await client.call(key, attempt % client.gateways);
    if (outcome === 401 || isSuccess(outcome)) return outcome;
    await delay(retryMs);
  }
  return undefined;
}

/** Keeps the organization below its limit of keys; these calls are not judged. */
async function discardAll(ground: ProvingGround): Promise<void> {
  await inParallel(await listKeys(ground), concurrency, ({ id }) => revoke(ground, id));
}

async function listKeys({ product, sender, session, organizationId }: ProvingGround): Promise<ApiKeyListBody['data']> {
  const { text } = await sender.send({ url: keysUrl(product, 0, organizationId), bearer: session });
  return apiKeyListSchema.parse(JSON.parse(text)).data;
}

async function revoke(ground: ProvingGround, id: string): Promise<Outcome> {
  const { product, sender, session, organizationId } = ground;
  const url = keyUrl(product, 0, { id, organizationId });
  return (await sender.send({ url, method: 'DELETE', bearer: session })).outcome;
}

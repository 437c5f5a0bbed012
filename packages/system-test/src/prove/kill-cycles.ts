import { setTimeout as delay } from 'node:timers/promises';
import { apiKeyListSchema, createdApiKeySchema } from '@engagetrack/contracts';
import { checkHistory } from '../history/check-history.ts';
import { describeKey } from '../history/describe-key.ts';
import { isSuccess } from '../history/history-index.ts';
import { createHistoryRecorder, type HistoryRecorder } from '../history/record-history.ts';
import type { Violation } from '../history/violation.ts';
import { keysUrl, keyUrl } from './addresses.ts';
import type { SentAnswer } from './http-sender.ts';
import { inParallel } from './in-parallel.ts';
import type { Check } from './judge-tally.ts';
import type { ProvingGround } from './proving-ground.ts';
import { createRecordedClient, type RecordedClient, type RecordedKey } from './recorded-client.ts';
import { quota } from './round.ts';

/** What the kills hit, and what became of it. */
interface KillCounts {
  kills: number;
  creationsAnswered: number;
  creationsUnanswered: number;
  /** Unanswered, and there all the same: listed, never used, revocable. */
  creationsListed: number;
  revocationsAnswered: number;
  revocationsUnanswered: number;
  /** Unanswered, not tried again, and in force all the same. */
  revocationsInForce: number;
  /** The kill comes this long after the first call at the latest, milliseconds. */
  windowMs: number;
  readonly faults: string[];
  readonly violations: Violation[];
}

interface Batch {
  readonly ground: ProvingGround;
  readonly recorder: HistoryRecorder;
  readonly client: RecordedClient;
  readonly counts: KillCounts;
  readonly unanswered: { readonly names: string[]; readonly keys: RecordedKey[] };
  readonly dead: RecordedKey[];
  readonly live: RecordedKey[];
}

const cyclesPerBatch = 40;
const creationsPerCycle = 2;
const revocationsPerCycle = 3;
const firstWindowMs = 20;
/** The window grows while less than half of the calls are answered, and shrinks while more are. */
const windowStep = 1.1;
const concurrency = 12;
/** An unacknowledged revocation is in force, or never will be, this long after the kill. */
const settledMs = 3_300;
const attemptsMax = 100;
const retryMs = 100;

/**
 * Kills a key service in the midst of creations and DELETEs, again and again. The instants are random, within a window
 * in which about half of the calls are answered; no step of the key service is chosen, because nothing in it knows of
 * this test.
 */
export async function runKillCycles(
  ground: ProvingGround,
  cycles: number,
  print: (line: string) => void,
): Promise<readonly Check[]> {
  const counts: KillCounts = {
    kills: 0,
    creationsAnswered: 0,
    creationsUnanswered: 0,
    creationsListed: 0,
    revocationsAnswered: 0,
    revocationsUnanswered: 0,
    revocationsInForce: 0,
    windowMs: firstWindowMs,
    faults: [],
    violations: [],
  };
  for (let done = 0; done < cycles; done += cyclesPerBatch) {
    const recorder = createHistoryRecorder(ground.now);
    const random = ground.random.fork(`cycles ${done}`);
    const client = createRecordedClient({ ...ground, recorder, random, noncePrefix: `k${done}` });
    ground.upstream.takeArrivals();
    const batch: Batch = {
      ground,
      recorder,
      client,
      counts,
      unanswered: { names: [], keys: [] },
      dead: [],
      live: [],
    };
    await runBatch(batch, Math.min(cyclesPerBatch, cycles - done));
    const history = recorder.finish(ground.upstream.takeArrivals());
    const violations = checkHistory(history, { quota, overAdmissionMax: 0 });
    counts.violations.push(...violations);
    for (const { kind, keyId, what } of violations.slice(0, 1))
      for (const line of [`  ${kind}: ${what}`, ...describeKey(history, keyId).map((text) => `    ${text}`)])
        print(line);
    print(`F10.cycles: ${showCounts(counts)}`);
  }
  print(`F10.cycles: killed at random instants within ${counts.windowMs.toFixed(0)} ms, and at no chosen step`);
  return judge(counts);
}

async function runBatch(batch: Batch, cycles: number): Promise<void> {
  const { ground, client, recorder, dead, live, unanswered } = batch;
  const doomed = await inParallel(Array.from({ length: cycles * revocationsPerCycle }), concurrency, async () => {
    const key = await client.createKey(ground.organizationId);
    await client.callEverywhere(key);
    return key;
  });
  for (let n = 0; n < cycles; n += 1)
    await runCycle(batch, n, doomed.slice(n * revocationsPerCycle, (n + 1) * revocationsPerCycle));
  await delay(settledMs);
  await inParallel(unanswered.keys, concurrency, (key) => client.callEverywhere(key));
  await judgeList(batch);
  recorder.healthy();
  await inParallel(unanswered.keys, concurrency, (key) => client.callEverywhere(key));
  for (const key of unanswered.keys) {
    const outcome = await lastWord(client, key);
    if (outcome === 401) batch.counts.revocationsInForce += 1;
  }
  await inParallel([...dead, ...live], concurrency, (key) => lastWord(client, key));
  await inParallel([...live, ...unanswered.keys], concurrency, (key) =>
    ground.sender.send({ url: keyUrl(ground.product, 0, key), method: 'DELETE', bearer: ground.session }),
  );
}

async function runCycle(batch: Batch, number: number, doomed: readonly RecordedKey[]): Promise<void> {
  const { ground, client, recorder, counts, unanswered, dead, live } = batch;
  const { product, random, sender, session, organizationId } = ground;
  const victim = number % product.keyServices.length;
  const service = product.keyServices[victim];
  if (service === undefined) throw new Error(`There is no key service ${victim}`);
  // These speak to the victim.
  const gateways = [...product.gateways.keys()].filter((gateway) => gateway % product.keyServices.length === victim);
  const soon = (): Promise<void> => delay(random.between(0, counts.windowMs / 2));

  const creating = Array.from({ length: creationsPerCycle }, async (_, n) => {
    const name = `Cycle ${counts.kills} ${n}`;
    await soon();
    const url = keysUrl(product, random.pick(gateways), organizationId);
    const answer = await sender.send({ url, method: 'POST', bearer: session, body: { name, scopes: ['sites:read'] } });
    return { name, answer };
  });
  const revoking = doomed.map(async (key) => {
    await soon();
    const revocation = recorder.revoking(key.id);
    const url = keyUrl(product, random.pick(gateways), key);
    const { outcome } = await sender.send({ url, method: 'DELETE', bearer: session });
    if (outcome === 204) revocation.acknowledged();
    return { key, revocation, outcome };
  });
  await delay(random.between(0, counts.windowMs));
  service.running.signal('SIGKILL');
  counts.kills += 1;
  const [created, revoked] = [await Promise.all(creating), await Promise.all(revoking)];
  const restarted = service.restart();
  const answered = revoked.filter(({ outcome }) => outcome === 204);
  counts.windowMs *= answered.length * 2 > revoked.length ? 1 / windowStep : windowStep;

  for (const { name, answer } of created) {
    const key = parseCreated(answer, organizationId);
    if (key === undefined) {
      counts.creationsUnanswered += 1;
      unanswered.names.push(name);
    } else {
      counts.creationsAnswered += 1;
      recorder.created({ keyId: key.id, organizationId, acknowledgedAtMs: answer.endedAtMs });
      live.push(key);
    }
  }
  counts.revocationsAnswered += answered.length;
  dead.push(...answered.map(({ key }) => key));
  await Promise.all(answered.map(({ key }) => client.callEverywhere(key)));
  await restarted;
  await Promise.all(
    revoked
      .filter(({ outcome }) => outcome !== 204)
      .map(async ({ key, revocation }, n) => {
        counts.revocationsUnanswered += 1;
        if (n % 2 === 0) {
          revocation.abandoned();
          unanswered.keys.push(key);
          return;
        }
        // A repeat is safe, and as good as the first one when it is acknowledged.
        for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
          const url = keyUrl(product, random.pick(gateways), key);
          if ((await sender.send({ url, method: 'DELETE', bearer: session })).outcome === 204) {
            revocation.acknowledged();
            dead.push(key);
            await client.callEverywhere(key);
            return;
          }
          await delay(retryMs);
        }
        counts.faults.push(`the repeated DELETE of ${key.id} was never acknowledged`);
      }),
  );
}

/** A creation without an answer is not there, or is there whole, once, unused and revocable. */
async function judgeList({ ground, counts, unanswered, dead, live }: Batch): Promise<void> {
  const { product, sender, session, organizationId } = ground;
  const { text } = await sender.send({ url: keysUrl(product, 0, organizationId), bearer: session });
  const { data } = apiKeyListSchema.parse(JSON.parse(text));
  const listed = new Set<string>(data.map(({ id }) => id));
  for (const { id } of dead) if (listed.has(id)) counts.faults.push(`${id} is revoked and listed`);
  for (const { id } of live) if (!listed.has(id)) counts.faults.push(`${id} is created and not listed`);
  for (const name of unanswered.names) {
    const entries = data.filter((entry) => entry.name === name);
    if (entries.length > 1) counts.faults.push(`${name} is listed ${entries.length} times`);
    for (const { id, last_used_at: lastUsedAt } of entries) {
      counts.creationsListed += 1;
      if (lastUsedAt !== null) counts.faults.push(`${id}, which nobody was given, is said to be used`);
      const { outcome } = await sender.send({
        url: keyUrl(product, 0, { id, organizationId }),
        method: 'DELETE',
        bearer: session,
      });
      if (outcome !== 204) counts.faults.push(`${id}, which nobody was given, cannot be revoked: ${outcome}`);
    }
  }
}

async function lastWord(client: RecordedClient, key: RecordedKey) {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const { outcome } = await client.call(key, attempt % client.gateways);
    if (outcome === 401 || isSuccess(outcome)) return outcome;
    await delay(retryMs);
  }
  return undefined;
}

function parseCreated({ outcome, text }: SentAnswer, organizationId: string): RecordedKey | undefined {
  if (outcome !== 201) return undefined;
  const { id, key } = createdApiKeySchema.parse(JSON.parse(text));
  return { id, organizationId, secret: key };
}

function showCounts(counts: KillCounts): string {
  const { kills, creationsAnswered, creationsUnanswered, creationsListed } = counts;
  const { revocationsAnswered, revocationsUnanswered, revocationsInForce } = counts;
  return `${kills} kills; ${creationsAnswered} creations answered, ${creationsUnanswered} not (${creationsListed} of these are there); ${revocationsAnswered} DELETEs answered, ${revocationsUnanswered} not (${revocationsInForce} of those not repeated are in force)`;
}

function judge({ faults, violations }: KillCounts): Check[] {
  const kinds = Map.groupBy(violations, ({ kind }) => kind);
  return [
    { kept: faults.length === 0, promise: 'F10.cycles: nothing half done', seen: faults.slice(0, 3).join('; ') },
    {
      kept: violations.length === 0,
      promise: 'F10.cycles: nothing acknowledged is lost, and nothing comes late',
      seen: [...kinds].map(([kind, all]) => `${all.length} × ${kind}`).join(', '),
    },
  ];
}

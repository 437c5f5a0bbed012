import { setTimeout as delay } from 'node:timers/promises';
import { createdApiKeySchema } from '@engagetrack/contracts';
import type { HistoryRecorder } from '../history/record-history.ts';
import { keysUrl, keyUrl } from '../prove/addresses.ts';
import type { SentAnswer } from '../prove/http-sender.ts';
import type { ProvingGround } from '../prove/proving-ground.ts';
import type { RecordedClient, RecordedKey } from '../prove/recorded-client.ts';
import type { KillTally } from './kill-tally.ts';
import type { Victim } from './victim.ts';

/** The calls to judge when a batch of cycles is over, each with its failpoint. */
export interface BatchRecords {
  /** Keys whose creation was answered. */
  readonly live: Entry<RecordedKey>[];
  /** Keys whose revocation was acknowledged. */
  readonly dead: Entry<RecordedKey>[];
  /** Names of keys whose creation was not answered. */
  readonly unanswered: Entry<string>[];
  /** Keys whose DELETE was not answered and not sent again. */
  readonly abandoned: Entry<RecordedKey>[];
}

export interface Entry<Subject> {
  readonly subject: Subject;
  readonly tally: KillTally;
}

export interface CycleParts {
  readonly ground: ProvingGround;
  readonly recorder: HistoryRecorder;
  /** Sends to all gateways. */
  readonly client: RecordedClient;
  /** Sends to the gateways that use the victim. */
  readonly victimClient: RecordedClient;
  readonly victim: Victim;
  readonly records: BatchRecords;
}

const attemptsMax = 100;
const retryMs = 100;

/** One call with a kill of the key service at one step of it, beside calls that were acknowledged just before. */
export async function runKillCycle(parts: CycleParts, tally: KillTally, number: number): Promise<void> {
  const { ground, client, victimClient, victim, records } = parts;
  const { failpoint } = tally;
  if (failpoint.start === 'cold') victim.restart();
  await victim.whenReady();
  const create = async (): Promise<RecordedKey> => {
    const key = await victimClient.createKey(ground.organizationId);
    await client.callEverywhere(key);
    return key;
  };
  records.live.push({ subject: await create(), tally });
  const acknowledged: RecordedKey[] = [];
  if (failpoint.start !== 'cold') {
    const key = await create();
    if ((await victimClient.revoke(key)).acknowledged) acknowledged.push(key);
    else tally.violations.push('a DELETE before the kill was not acknowledged');
  }
  if (failpoint.call === 'create') await killCreation(parts, tally, `Killed ${number}`);
  else acknowledged.push(...(await killDeletion(parts, tally, await create(), number % 2 === 0)));
  records.dead.push(...acknowledged.map((subject) => ({ subject, tally })));
  // These calls run while the key service is away, too.
  await Promise.all(acknowledged.map((key) => client.callEverywhere(key)));
}

async function killCreation(parts: CycleParts, tally: KillTally, name: string): Promise<void> {
  const { ground, recorder, records } = parts;
  const { organizationId, session } = ground;
  const answer = await sendIntoTrap(parts, tally, name, (gateway) =>
    ground.sender.send({
      url: keysUrl(ground.product, gateway, organizationId),
      method: 'POST',
      bearer: session,
      body: { name, scopes: ['sites:read'] },
    }),
  );
  const key = parseCreated(answer, organizationId);
  if (key === undefined) {
    tally.unanswered += 1;
    records.unanswered.push({ subject: name, tally });
    return;
  }
  tally.answered += 1;
  recorder.created({ keyId: key.id, organizationId, acknowledgedAtMs: answer.endedAtMs });
  records.live.push({ subject: key, tally });
}

/** @returns the key when its revocation was acknowledged in the end. */
async function killDeletion(
  parts: CycleParts,
  tally: KillTally,
  key: RecordedKey,
  isRepeated: boolean,
): Promise<RecordedKey[]> {
  const { ground, recorder, records, victim } = parts;
  const revocation = recorder.revoking(key.id);
  const send = (gateway: number): Promise<SentAnswer> =>
    ground.sender.send({ url: keyUrl(ground.product, gateway, key), method: 'DELETE', bearer: ground.session });
  if (tally.failpoint.start === 'parted_from_redis') victim.partFromRedis();
  const { outcome } = await sendIntoTrap(parts, tally, key.id, send);
  if (outcome === 204) {
    revocation.acknowledged();
    tally.answered += 1;
    return [key];
  }
  tally.unanswered += 1;
  if (!isRepeated) {
    revocation.abandoned();
    records.abandoned.push({ subject: key, tally });
    return [];
  }
  await victim.whenReady();
  // A repetition is safe, and its acknowledgement counts like that of the first DELETE.
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    if ((await send(ground.random.pick(victim.gateways))).outcome === 204) {
      revocation.acknowledged();
      tally.repeated += 1;
      return [key];
    }
    await delay(retryMs);
  }
  tally.violations.push(`the repeated DELETE of ${key.id} was never acknowledged`);
  return [];
}

/** Sends the one call for which the trap is set; the key service is restarting when this resolves. */
async function sendIntoTrap(
  { ground, victim }: CycleParts,
  tally: KillTally,
  subject: string,
  send: (gateway: number) => Promise<SentAnswer>,
): Promise<SentAnswer> {
  const trap = victim.setTrap(tally.failpoint, subject);
  const answer = await send(ground.random.pick(victim.gateways));
  const exit = await trap.end();
  if (exit?.signal === 'SIGKILL') tally.kills += 1;
  else tally.violations.push(`${subject} was answered ${answer.outcome}, and this step was not seen`);
  const isAnswered = answer.outcome === 201 || answer.outcome === 204;
  if (isAnswered !== (tally.failpoint.leaves === 'answer'))
    tally.violations.push(`${subject} was answered ${answer.outcome}`);
  victim.restart();
  return answer;
}

function parseCreated({ outcome, text }: SentAnswer, organizationId: string): RecordedKey | undefined {
  if (outcome !== 201) return undefined;
  const { id, key } = createdApiKeySchema.parse(JSON.parse(text));
  return { id, organizationId, secret: key };
}

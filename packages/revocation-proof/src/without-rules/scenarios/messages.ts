import { type RedisServer, waitFor, withRedis } from '@engagetrack/test-ground/stores';
import type { WireMessage } from '@engagetrack/test-ground/wire';
import type { RecordedKey } from '../../prove/recorded-client.ts';

const deadlineMs = 10_000;

export function isLedgerRow({ leg, question }: WireMessage): boolean {
  return leg === 'question' && question.includes('insert into "witness_ledger"');
}

export function isLedgerRowAnswer({ leg, question }: WireMessage): boolean {
  return leg === 'answer' && question.includes('insert into "witness_ledger"');
}

export function isSnapshotAnswer({ leg, question }: WireMessage): boolean {
  return leg === 'answer' && question.includes('FROM outbox');
}

/** The script that sets the witness of a reload. */
export function isWitnessSetting({ leg, question }: WireMessage): boolean {
  return leg === 'question' && /^evalsha \w+ 2 claim:\S+ witness:/.test(question);
}

/** The script that lets the witness live longer, with the instant until when. */
export function isExtension({ leg, question }: WireMessage): boolean {
  return leg === 'question' && /^evalsha \w+ 1 witness:\S+ \d+$/.test(question);
}

/** The script that writes the markers of a reload. */
export function isReloadMarking({ leg, question }: WireMessage): boolean {
  return leg === 'question' && /^evalsha \w+ 1 claim:\S+ \S/.test(question);
}

/** COMMIT of the transaction that revokes this key; a question or its answer. */
export function commitOf({ id }: RecordedKey, leg: WireMessage['leg']): (message: WireMessage) => boolean {
  let connection: number | undefined;
  return (message) => {
    if (message.question.includes('insert into "outbox"') && message.question.includes(id))
      connection = message.connection;
    const isCommit = message.question.startsWith('Q') && message.question.includes('commit');
    return message.connection === connection && message.leg === leg && isCommit;
  };
}

/** The generation whose witness is valid there, once there is one; another one than `before` when that is given. */
export function generationIn({ url }: RedisServer, before?: string): Promise<string> {
  return withRedis(url, (redis) =>
    waitFor(
      async () => {
        const generation = (await redis.get('witness:{s0}')) ?? undefined;
        return generation === before ? undefined : generation;
      },
      { deadlineMs, what: 'a valid witness' },
    ),
  );
}

export async function flushAll({ url }: RedisServer): Promise<void> {
  await withRedis(url, (redis) => redis.flushall());
}

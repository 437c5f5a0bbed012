import { apiKeyIdSchema, organizationIdSchema } from '@engagetrack/contracts';
import type { Redis } from 'ioredis';
import { type Generation, parseGeneration } from './generation.ts';
import { allScriptsOf, type GenerationScript, markArguments, scriptsOf } from './generation-scripts.ts';
import { isNoScript } from './redis-admission-store.ts';
import { redisKeys } from './redis-keys.ts';
import type { Mark, RenewalCycle, RevocationStore } from './revocation-store.ts';

export interface RedisRevocationStoreParts {
  /** Writes marks; reconnects by itself. */
  readonly redis: Redis;
  /**
   * A new connection that never reconnects: the steps of a cycle must reach one and the same Redis process, and none
   * may be sent again.
   */
  readonly connectForCycle: () => Promise<Redis>;
}

/** A connection of cycles, and the generations whose scripts are all loaded on its process. */
interface CycleConnection {
  readonly redis: Redis;
  readonly completed: Set<Generation>;
}

const marksPerCommandMax = 500;
/**
 * Commands of a cycle that are under way at the same time: a cycle does not wait for each reply, and other clients of
 * Redis wait for no more than these.
 */
const commandsAheadMax = 4;
const scanCount = 1_000;

export function createRedisRevocationStore({
  redis,
  connectForCycle,
}: RedisRevocationStoreParts): RevocationStore & { close(): void } {
  let known: Generation | undefined;
  let cycleConnection: CycleConnection | undefined;

  return {
    mark: async (marks) => {
      // Remembering the generation saves a round trip; its own script says when it is not the valid one any more.
      if (known !== undefined && (await markThrough(redis, known, marks))) return known;
      known = parseGeneration(await redis.get(redisKeys.witness));
      return known !== undefined && (await markThrough(redis, known, marks)) ? known : undefined;
    },
    openCycle: async () => {
      if (cycleConnection?.redis.status !== 'ready') {
        cycleConnection?.redis.disconnect();
        cycleConnection = { redis: await connectForCycle(), completed: new Set() };
      }
      const connection = cycleConnection;
      return createCycle(connection, () => {
        connection.redis.disconnect();
        // Its status tells only later that the connection is closed.
        if (cycleConnection === connection) cycleConnection = undefined;
      });
    },
    visitMarks: async (visit) => {
      await scan(redis, redisKeys.revokedPrefix, async (names) => visit(names.flatMap(parseMarker)));
      await scan(redis, redisKeys.epochPrefix, async (names) => {
        const epochs = await redis.mget(...names);
        await visit(names.flatMap((name, n) => parseEpoch(name, epochs[n])));
      });
    },
    close: () => cycleConnection?.redis.disconnect(),
  };
}

/** The connection is given up with the first rejection, so that nothing of the cycle can be sent after it. */
function createCycle({ redis: connection, completed }: CycleConnection, giveUp: () => void): RenewalCycle {
  const step = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      giveUp();
      throw error;
    }
  };
  return {
    mayEvict: () => step(async () => !/^maxmemory_policy:noeviction\r?$/m.test(await connection.info('memory'))),
    currentGeneration: () => step(async () => parseGeneration(await connection.get(redisKeys.witness))),
    timeOf: (g) =>
      step(async () => {
        const timeMs = positive(await callOrZero(connection, scriptsOf(g).time, [redisKeys.witness], []));
        if (timeMs !== undefined && !completed.has(g)) {
          await loadScripts(connection, g);
          completed.add(g);
        }
        return timeMs;
      }),
    markUnderWitness: (g, marks) => step(() => markThrough(connection, g, marks)),
    extendWitness: (g, untilMs) =>
      step(
        async () => (await callOrZero(connection, scriptsOf(g).extendWitness, [redisKeys.witness], [untilMs])) === 1,
      ),
    beginReload: (g) =>
      step(async () => {
        await loadScripts(connection, g);
        completed.add(g);
        const timeMs = positive(await call(connection, scriptsOf(g).claim, [redisKeys.claim], []));
        if (timeMs === undefined) throw new Error('The claim of a reload gave no time');
        return timeMs;
      }),
    markUnderClaim: (g, marks) =>
      step(() =>
        inBatches(marks, async (batch) => {
          const args = markArguments(batch);
          return (await callOrZero(connection, scriptsOf(g).markUnderClaim, [redisKeys.claim], args)) === 1;
        }),
      ),
    setWitness: (g, untilMs) =>
      step(async () => {
        const keys = [redisKeys.claim, redisKeys.witness];
        return (await callOrZero(connection, scriptsOf(g).setWitness, keys, [untilMs])) === 1;
      }),
  };
}

/**
 * A reload loads every script of its generation; an extension does so once a connection, where a script of the
 * generation has just answered on it. So it is the generation's own process that gets them: a version of this software
 * with other scripts than the one that made the generation is trusted there too (docs/decisions/0012).
 */
async function loadScripts(connection: Redis, g: Generation): Promise<void> {
  for (const { text } of allScriptsOf(scriptsOf(g))) await connection.script('LOAD', text);
}

/** Never a plain SET: the script of g runs only on the one process that may hold a valid witness of g. */
function markThrough(redis: Redis, g: Generation, marks: readonly Mark[]): Promise<boolean> {
  return inBatches(marks, async (batch) => {
    const args = markArguments(batch);
    return (await callOrZero(redis, scriptsOf(g).markUnderWitness, [redisKeys.witness], args)) === 1;
  });
}

async function inBatches(
  marks: readonly Mark[],
  write: (batch: readonly Mark[]) => Promise<boolean>,
): Promise<boolean> {
  const batches = Array.from({ length: Math.ceil(marks.length / marksPerCommandMax) }, (_, n) =>
    marks.slice(n * marksPerCommandMax, (n + 1) * marksPerCommandMax),
  );
  for (let first = 0; first < batches.length; first += commandsAheadMax) {
    const written = await Promise.all(batches.slice(first, first + commandsAheadMax).map(write));
    if (written.includes(false)) return false;
  }
  return true;
}

type Arguments = readonly (string | number)[];

function call(redis: Redis, { digest }: GenerationScript, keys: readonly string[], args: Arguments): Promise<unknown> {
  return redis.evalsha(digest, keys.length, ...keys, ...args);
}

/** A process without the script does not have the generation either. */
async function callOrZero(
  redis: Redis,
  script: GenerationScript,
  keys: readonly string[],
  args: Arguments,
): Promise<unknown> {
  try {
    return await call(redis, script, keys, args);
  } catch (error) {
    if (isNoScript(error)) return 0;
    throw error;
  }
}

function positive(reply: unknown): number | undefined {
  return typeof reply === 'number' && reply > 0 ? reply : undefined;
}

async function scan(redis: Redis, prefix: string, visit: (names: readonly string[]) => Promise<void>): Promise<void> {
  let cursor = '0';
  do {
    const [next, names] = await redis.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', scanCount);
    cursor = next;
    if (names.length > 0) await visit(names);
  } while (cursor !== '0');
}

function parseMarker(name: string): Mark[] {
  const keyId = apiKeyIdSchema.safeParse(name.slice(redisKeys.revokedPrefix.length));
  return keyId.success ? [{ kind: 'key_revoked', keyId: keyId.data }] : [];
}

/** @param value null when the key has expired since its name was read. */
function parseEpoch(name: string, value: string | null | undefined): Mark[] {
  const organizationId = organizationIdSchema.safeParse(name.slice(redisKeys.epochPrefix.length));
  const epoch = Number(value ?? Number.NaN);
  if (!organizationId.success || !Number.isSafeInteger(epoch)) return [];
  return [{ kind: 'organization_changed', organizationId: organizationId.data, epoch }];
}

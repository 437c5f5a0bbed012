import { readFileSync } from 'node:fs';
import type { Product } from '@engagetrack/test-ground';
import { withClient } from '@engagetrack/test-ground/stores';
import { Redis } from 'ioredis';
import { formsOfKey, type LeakForm, leaksIn } from './leak-forms.ts';

/** The texts that a run has made, by their place. */
export type Artefacts = ReadonlyMap<string, string>;

export interface Stores {
  readonly redisUrl: string;
  readonly databaseUrl: string;
}

/** The place and the form of every key or hash found in these texts; never the secret itself. */
export function sweepForKeys(
  keys: readonly string[],
  artefacts: Artefacts,
  kinds: LeakForm['kind'][] = ['key', 'hash'],
) {
  const forms = keys.flatMap(formsOfKey).filter(({ kind }) => kinds.includes(kind));
  return [...artefacts].flatMap(([place, text]) => leaksIn(place, text, forms));
}

/** The output, the metrics and the environment of every process of a product. */
export async function artefactsOfProcesses(product: Product): Promise<Artefacts> {
  const { gateways, keyServices } = product;
  const services = [...gateways, ...keyServices];
  const metrics = await Promise.all(
    services.map(async (service) => (await fetch(`${service.address('admin')}/metrics`)).text()),
  );
  const environments = services.map(({ running }) => readIfThere(`/proc/${running.pid}/environ`));
  return new Map([
    ['process output', product.output()],
    ['metrics', metrics.join('\n')],
    ['environments', environments.join('\n')],
  ]);
}

/** The contents of both stores, except the column of hashes. */
export async function artefactsOfStores({ redisUrl, databaseUrl }: Stores): Promise<Artefacts> {
  return new Map([
    ['Redis', await dumpRedis(redisUrl)],
    ['Postgres', await dumpPostgres(databaseUrl)],
  ]);
}

/** The values of the column of hashes. */
export function readHashColumn(databaseUrl: string): Promise<ReadonlySet<string>> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ key_hash: string }>('SELECT key_hash FROM api_keys');
    return new Set(rows.map(({ key_hash: hash }) => hash));
  });
}

async function dumpRedis(url: string): Promise<string> {
  const redis = new Redis(url);
  try {
    const lines: string[] = [];
    let cursor = '0';
    do {
      const [next, names] = await redis.scan(cursor, 'COUNT', 500);
      cursor = next;
      for (const name of names) {
        const isText = (await redis.type(name)) === 'string';
        lines.push(`${name} ${isText ? await redis.get(name) : (await redis.dumpBuffer(name))?.toString('latin1')}`);
      }
    } while (cursor !== '0');
    return lines.join('\n');
  } finally {
    redis.disconnect();
  }
}

/** Every row of every table as text. */
function dumpPostgres(url: string): Promise<string> {
  return withClient(url, async (client) => {
    const tables = await client.query<{ name: string }>(
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
       WHERE table_schema NOT IN ('pg_catalog', 'information_schema')`,
    );
    const texts: string[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(
        `SELECT (to_jsonb(t) - 'key_hash')::text AS row FROM ${name} AS t`,
      );
      texts.push(...rows.map(({ row }) => row));
    }
    return texts.join('\n');
  });
}

/** Only Linux has such a file, and only a permitted user may read it. */
function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

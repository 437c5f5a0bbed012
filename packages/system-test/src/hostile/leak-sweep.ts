import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { Product } from '../src/index.ts';

export interface SweepFindings {
  readonly searched: readonly string[];
  /** Where a key or a hash was found, and in which form: never the thing itself. */
  readonly leaks: readonly string[];
  readonly hashesInHashColumn: number;
}

interface Stores {
  readonly product: Product;
  readonly redisUrl: string;
  readonly databaseUrl: string;
}

/** Searches everything that a run has printed and stored for its keys, in every form that a careless line could give them. */
export async function sweepForKeys(
  keys: readonly string[],
  { product, redisUrl, databaseUrl }: Stores,
): Promise<SweepFindings> {
  const { dump, hashColumn } = await dumpPostgres(databaseUrl);
  const artefacts = new Map([
    ['process output', product.output()],
    ['metrics', await metricsOf(product)],
    ['Redis', await dumpRedis(redisUrl)],
    ['Postgres', dump],
  ]);
  const leaks: string[] = [];
  for (const [place, text] of artefacts)
    for (const key of keys)
      for (const [form, secret] of formsOf(key)) if (text.includes(secret)) leaks.push(`${form} in ${place}`);
  return {
    searched: [...artefacts].filter(([, text]) => text.length > 0).map(([place]) => place),
    leaks,
    hashesInHashColumn: keys.filter((key) => hashColumn.has(sha256(key, 'hex'))).length,
  };
}

function formsOf(key: string): Map<string, string> {
  const digits = key.slice('et_live_'.length);
  return new Map([
    ['the digits of a key', digits],
    ['half the digits of a key', digits.slice(0, 16)],
    ['a key in hexadecimal', Buffer.from(key).toString('hex')],
    ['a key in base64', Buffer.from(key).toString('base64').replace(/=+$/, '')],
    ['a hash in hexadecimal', sha256(key, 'hex')],
    ['a hash in base64', sha256(key, 'base64').replace(/=+$/, '')],
    ['a hash in base64url', sha256(key, 'base64url')],
  ]);
}

function sha256(text: string, encoding: 'hex' | 'base64' | 'base64url'): string {
  return createHash('sha256').update(text).digest(encoding);
}

async function metricsOf({ gateways, keys }: Product): Promise<string> {
  const texts = await Promise.all(
    [...gateways, keys].map(async (service) => (await fetch(`${service.address('admin')}/metrics`)).text()),
  );
  return texts.join('\n');
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

/** Every row of every table as text, the one column that is meant to hold hashes apart. */
async function dumpPostgres(url: string): Promise<{ readonly dump: string; readonly hashColumn: ReadonlySet<string> }> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
       WHERE table_schema NOT IN ('pg_catalog', 'information_schema')`,
    );
    const hashes = await client.query<{ key_hash: string }>('SELECT key_hash FROM api_keys');
    const texts: string[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(
        `SELECT (to_jsonb(t) - 'key_hash')::text AS row FROM ${name} AS t`,
      );
      texts.push(...rows.map(({ row }) => row));
    }
    return { dump: texts.join('\n'), hashColumn: new Set(hashes.rows.map(({ key_hash: hash }) => hash)) };
  } finally {
    await client.end();
  }
}

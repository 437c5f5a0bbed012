import type { ApiKeyId, OrganizationId, StatusCounts, UsageCount, UsageReport } from '@engagetrack/contracts';
import { sql } from 'kysely';
import type { KeysDatabases } from './db/database.ts';
import { hourMs, hourOf, oldestKeptMs, type UsageSpan } from './usage-span.ts';

export interface HourOfKey extends StatusCounts {
  readonly hour: Date;
  readonly routeClass: string;
}

export interface HourOfOrganization {
  readonly keyId: ApiKeyId;
  readonly hour: Date;
  readonly requests: number;
  readonly limited: number;
}

/** The only file with SQL on usage, except for the last use that a list of keys shows. */
export interface UsageStore {
  /**
   * Adds a gateway's counts, unless this report has been stored before.
   * @param nowMs Unix milliseconds. Counts of the future go into this hour; counts that are older than the kept hours
   * are dropped.
   */
  record(report: UsageReport, nowMs: number): Promise<void>;
  /** Removes hours that are older than the kept ones. */
  prune(nowMs: number): Promise<void>;
  /** Hours without requests are left out. */
  listHours(organizationId: OrganizationId, keyId: ApiKeyId, span: UsageSpan): Promise<readonly HourOfKey[]>;
  /** Hours of all keys of the organization, revoked and expired ones included. */
  listHoursOfAll(organizationId: OrganizationId, span: UsageSpan): Promise<readonly HourOfOrganization[]>;
}

/**
 * Milliseconds. After a longer silence the number of a gateway's last report is forgotten; by then all hours of an
 * unsent report are too old to be kept.
 */
const reporterSilenceMaxMs = 2 * 24 * hourMs;

export function createUsageStore({ main, usage }: KeysDatabases): UsageStore {
  return {
    record: ({ gateway_id: gatewayId, number, counts }, nowMs) =>
      usage.transaction().execute(async (transaction) => {
        // Locks the gateway's row, so that of two equal reports on two connections only one is stored.
        const isNew = await transaction
          .insertInto('usage_reporters')
          .values({ gateway_id: gatewayId, number })
          .onConflict((conflict) =>
            conflict
              .column('gateway_id')
              .doUpdateSet({ number, reported_at: sql<Date>`now()` })
              .where('usage_reporters.number', '<', number),
          )
          .returning('number')
          .executeTakeFirst();
        if (isNew === undefined) return;

        // The join counts only keys that exist. The order prevents a deadlock of two reports that count the same keys.
        const reported = sql`
          jsonb_to_recordset(${JSON.stringify(counts.map((count) => countedBefore(count, nowMs)))}::jsonb) AS reported (
            organization_id text, key_id text, hour timestamptz, route_class text,
            succeeded bigint, client_errors bigint, limited bigint, server_errors bigint, last_used_at timestamptz
          )
          JOIN api_keys ON api_keys.organization_id = reported.organization_id AND api_keys.id = reported.key_id`;
        await sql`
          INSERT INTO api_key_usage
            (organization_id, key_id, hour, route_class, succeeded, client_errors, limited, server_errors)
          SELECT reported.organization_id, reported.key_id, reported.hour, reported.route_class,
                 sum(reported.succeeded), sum(reported.client_errors), sum(reported.limited), sum(reported.server_errors)
          FROM ${reported}
          WHERE reported.hour >= ${new Date(oldestKeptMs(nowMs))}
          GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
          ON CONFLICT (organization_id, key_id, hour, route_class) DO UPDATE SET
            succeeded = api_key_usage.succeeded + excluded.succeeded,
            client_errors = api_key_usage.client_errors + excluded.client_errors,
            limited = api_key_usage.limited + excluded.limited,
            server_errors = api_key_usage.server_errors + excluded.server_errors
        `.execute(transaction);
        await sql`
          INSERT INTO api_key_last_use (organization_id, key_id, last_used_at)
          SELECT reported.organization_id, reported.key_id, max(reported.last_used_at)
          FROM ${reported}
          GROUP BY 1, 2 ORDER BY 1, 2
          ON CONFLICT (organization_id, key_id) DO UPDATE SET last_used_at = excluded.last_used_at
            WHERE api_key_last_use.last_used_at < excluded.last_used_at
        `.execute(transaction);
      }),
    prune: async (nowMs) => {
      await usage
        .deleteFrom('api_key_usage')
        .where('hour', '<', new Date(oldestKeptMs(nowMs)))
        .execute();
      await usage
        .deleteFrom('usage_reporters')
        .where('reported_at', '<', sql<Date>`now() - ${reporterSilenceMaxMs} * interval '1 millisecond'`)
        .execute();
    },
    listHours: (organizationId, keyId, { fromMs, toMs }) =>
      main
        .selectFrom('api_key_usage')
        .select(['hour', 'route_class as routeClass'])
        .select([
          sql<number>`succeeded::float8`.as('succeeded'),
          sql<number>`client_errors::float8`.as('client_errors'),
          sql<number>`limited::float8`.as('limited'),
          sql<number>`server_errors::float8`.as('server_errors'),
        ])
        .where('organization_id', '=', organizationId)
        .where('key_id', '=', keyId)
        .where('hour', '>=', new Date(fromMs))
        .where('hour', '<', new Date(toMs))
        .execute(),
    listHoursOfAll: (organizationId, { fromMs, toMs }) =>
      main
        .selectFrom('api_key_usage')
        .select(['key_id as keyId', 'hour'])
        .select([
          sql<number>`sum(succeeded + client_errors + limited + server_errors)::float8`.as('requests'),
          sql<number>`sum(limited)::float8`.as('limited'),
        ])
        .where('organization_id', '=', organizationId)
        .where('hour', '>=', new Date(fromMs))
        .where('hour', '<', new Date(toMs))
        .groupBy(['key_id', 'hour'])
        .orderBy('key_id')
        .execute(),
  };
}

/** A count by the hour, none of it later than now: a gateway's clock may be ahead of ours. */
function countedBefore({ minute, last_used_at: lastUsedAt, ...count }: UsageCount, nowMs: number) {
  return {
    ...count,
    hour: new Date(hourOf(Math.min(Date.parse(minute), nowMs))).toISOString(),
    last_used_at: new Date(Math.min(Date.parse(lastUsedAt), nowMs)).toISOString(),
  };
}

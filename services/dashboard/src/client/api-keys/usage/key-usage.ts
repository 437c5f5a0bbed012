import type { ApiKeyId, OrganizationUsageBody } from '@engagetrack/contracts';
import { formatNumber } from '../../time/format.ts';

/** The usage of a key in its last day: the current hour and the 23 before it. */
export interface KeyUsage {
  readonly requests: number;
  readonly limited: number;
  /** Oldest first. */
  readonly requestsByHour: readonly number[];
}

/** The usage of all keys of an organization; `waiting` before the answer, `unknown` after a failure. */
export type Usage = 'waiting' | 'unknown' | KnownUsage;

export interface KnownUsage {
  readonly requests: number;
  readonly limited: number;
  readonly byKey: ReadonlyMap<ApiKeyId, KeyUsage>;
}

const unused: KeyUsage = { requests: 0, limited: 0, requestsByHour: [] };

export function knownUsage({ data }: OrganizationUsageBody): KnownUsage {
  const byKey = new Map(
    data.map(({ key_id: keyId, requests, limited, requests_by_bucket: requestsByHour }) => [
      keyId,
      { requests, limited, requestsByHour },
    ]),
  );
  const sum = (member: 'requests' | 'limited') => data.reduce((total, key) => total + key[member], 0);
  return { requests: sum('requests'), limited: sum('limited'), byKey };
}

/** Undefined while it is unknown. */
export function findUsage(usage: Usage, keyId: ApiKeyId): KeyUsage | undefined {
  return typeof usage === 'string' ? undefined : (usage.byKey.get(keyId) ?? unused);
}

/** "No requests", "1 request", "1,204 requests" */
export function countRequests(requests: number): string {
  if (requests === 0) return 'No requests';
  return requests === 1 ? '1 request' : `${formatNumber(requests)} requests`;
}

/** Units of the shape. Every hour has at least this height, so that a quiet hour differs from a missing one. */
const groundHeight = 1;

export interface BarsShape {
  readonly barWidth: number;
  readonly gap: number;
  readonly height: number;
}

/**
 * The bars as the path of one shape; the fullest hour fills the height, and an hour with any request stays visible.
 * @returns an SVG path in units of the shape.
 */
export function barsPath(requestsByHour: readonly number[], { barWidth, gap, height }: BarsShape): string {
  const most = Math.max(1, ...requestsByHour);
  return requestsByHour
    .map((requests, hour) => {
      const room = height - groundHeight;
      const high = groundHeight + (requests === 0 ? 0 : Math.max(1, Math.round((requests / most) * room)));
      return `M${hour * (barWidth + gap)} ${height}v-${high}h${barWidth}v${high}z`;
    })
    .join('');
}

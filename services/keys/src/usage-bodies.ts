import type { ApiKeyUsageBody, OrganizationUsageBody, StatusCounts } from '@engagetrack/contracts';
import { hourMs, type UsageSpan } from './usage-span.ts';
import type { HourOfKey, HourOfOrganization } from './usage-store.ts';

/** The usage of one key, one entry an hour of the span. */
export function apiKeyUsageBody(span: UsageSpan, rows: readonly HourOfKey[]): ApiKeyUsageBody {
  const data = hoursOf(span).map((startMs) => {
    const ofHour = rows.filter(({ hour }) => hour.getTime() === startMs);
    const sum = (bucket: keyof StatusCounts) => ofHour.reduce((total, row) => total + row[bucket], 0);
    return {
      start: new Date(startMs).toISOString(),
      requests: ofHour.reduce((total, row) => total + requestsOf(row), 0),
      succeeded: sum('succeeded'),
      client_errors: sum('client_errors'),
      limited: sum('limited'),
      server_errors: sum('server_errors'),
      requests_by_route_class: Object.fromEntries(ofHour.map((row) => [row.routeClass, requestsOf(row)])),
    };
  });
  return { ...endsOf(span), data };
}

/** The usage of every key that has any in the span. */
export function organizationUsageBody(span: UsageSpan, rows: readonly HourOfOrganization[]): OrganizationUsageBody {
  const hours = hoursOf(span);
  const byKey = Map.groupBy(rows, ({ keyId }) => keyId);
  const data = [...byKey].map(([keyId, ofKey]) => {
    const byHour = new Map(ofKey.map(({ hour, requests }) => [hour.getTime(), requests]));
    return {
      key_id: keyId,
      requests: ofKey.reduce((total, { requests }) => total + requests, 0),
      limited: ofKey.reduce((total, { limited }) => total + limited, 0),
      requests_by_bucket: hours.map((startMs) => byHour.get(startMs) ?? 0),
    };
  });
  return { ...endsOf(span), data };
}

function endsOf({ fromMs, toMs }: UsageSpan) {
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), bucket: 'hour' } as const;
}

function hoursOf({ fromMs, toMs }: UsageSpan): readonly number[] {
  return Array.from({ length: (toMs - fromMs) / hourMs }, (_, index) => fromMs + index * hourMs);
}

function requestsOf({ succeeded, client_errors, limited, server_errors }: StatusCounts): number {
  return succeeded + client_errors + limited + server_errors;
}

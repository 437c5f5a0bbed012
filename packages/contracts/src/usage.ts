import { z } from 'zod';
import { apiKeyIdSchema, organizationIdSchema } from './ids.ts';

/**
 * How the requests of a key ended, by the status that the caller got: `succeeded` 2xx and 3xx, `limited` 429,
 * `client_errors` every other 4xx, `server_errors` 5xx. Only requests of recognised keys count: a 401 has no key.
 */
export const statusBuckets = ['succeeded', 'client_errors', 'limited', 'server_errors'] as const;
export type StatusBucket = (typeof statusBuckets)[number];
export type StatusCounts = Readonly<Record<StatusBucket, number>>;

const requests = z.int().nonnegative();
const statusCounts = { succeeded: requests, client_errors: requests, limited: requests, server_errors: requests };

/** One key in one minute, under one route class: the rate-limit policy by which its requests were counted. */
export const usageCountSchema = z.strictObject({
  organization_id: organizationIdSchema,
  key_id: apiKeyIdSchema,
  /** The beginning of a minute. */
  minute: z.iso.datetime(),
  route_class: z.string().regex(/^[a-z][a-z0-9_.-]*$/),
  ...statusCounts,
  last_used_at: z.iso.datetime(),
});
export type UsageCount = z.infer<typeof usageCountSchema>;

export const usageCountsPerReportMax = 1_000;

/**
 * A gateway's report to the key service of the requests that it has counted: ids and numbers, never a key or its hash.
 * A report may be sent again and again until it is acknowledged: `gateway_id` and `number` say which one it is.
 */
export const usageReportSchema = z.strictObject({
  /** A new one for each run of a gateway. */
  gateway_id: z.uuid(),
  /** The gateway's reports are numbered from 1, and none is sent before the one before it is settled. */
  number: z.int32().positive(),
  counts: z.array(usageCountSchema).min(1).max(usageCountsPerReportMax),
});
export type UsageReport = z.infer<typeof usageReportSchema>;

/** The report was stored by this request or by an earlier one. */
export const usageReportAnswerSchema = z.strictObject({ stored: z.literal(true) });
export type UsageReportAnswer = z.infer<typeof usageReportAnswerSchema>;

/** The units into which a time span may be divided. */
export const usageBuckets = ['hour'] as const;

/** The key service's answers about usage. The buckets cover the span from `from` to `to`. */
const usageSpan = { from: z.iso.datetime(), to: z.iso.datetime(), bucket: z.enum(usageBuckets) };

/** One key, bucket by bucket, including buckets without requests. */
export const apiKeyUsageSchema = z.strictObject({
  ...usageSpan,
  data: z.array(
    z.strictObject({
      start: z.iso.datetime(),
      requests,
      ...statusCounts,
      requests_by_route_class: z.record(z.string(), requests),
    }),
  ),
});
export type ApiKeyUsageBody = z.infer<typeof apiKeyUsageSchema>;

/** Every key of an organization that was used in the last 24 hours, in one answer. */
export const organizationUsageSchema = z.strictObject({
  ...usageSpan,
  data: z.array(
    z.strictObject({
      key_id: apiKeyIdSchema,
      requests,
      limited: requests,
      /** One number for each bucket. */
      requests_by_bucket: z.array(requests),
    }),
  ),
});
export type OrganizationUsageBody = z.infer<typeof organizationUsageSchema>;

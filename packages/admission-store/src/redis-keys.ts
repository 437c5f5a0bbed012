import type { ApiKeyId, OrganizationId } from '@engagetrack/contracts';

/**
 * The names of everything kept in Redis. All keys of one request carry one hash tag, so that they live in one slot of
 * a cluster and one script may touch them together.
 */
const shard = '{s0}';

export const redisKeys = {
  revoked: (keyId: ApiKeyId): string => `revoked:${shard}:${keyId}`,
  epoch: (organizationId: OrganizationId): string => `epoch:${shard}:${organizationId}`,
  /** The script appends the end of the window. */
  quota: (keyId: ApiKeyId, policy: string): string => `quota:${shard}:${keyId}:${policy}:`,
};

/** A marker must outlive every gateway's memory of the key (one minute) by far. */
export const markerRetentionMs = 24 * 60 * 60 * 1000;

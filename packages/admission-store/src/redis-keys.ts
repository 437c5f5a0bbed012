import type { ApiKeyId, OrganizationId } from '@engagetrack/contracts';

/**
 * The names of everything kept in Redis. All of them carry one hash tag, so that they live in one slot of a cluster and
 * one script may touch them together.
 */
const shard = '{s0}';

export const redisKeys = {
  /** Holds the generation whose markers are complete; it ends by itself. */
  witness: `witness:${shard}`,
  /** Holds the generation that claimed the store for its reload. */
  claim: `claim:${shard}`,
  /** Gateways by the time of their last pulse. */
  gateways: `gateways:${shard}`,
  revokedPrefix: `revoked:${shard}:`,
  revoked: (keyId: ApiKeyId): string => `revoked:${shard}:${keyId}`,
  epochPrefix: `epoch:${shard}:`,
  epoch: (organizationId: OrganizationId): string => `epoch:${shard}:${organizationId}`,
  /** The script appends the end of the window. */
  quota: (keyId: ApiKeyId, policy: string): string => `quota:${shard}:${keyId}:${policy}:`,
};

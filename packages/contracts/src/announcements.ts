import { z } from 'zod';
import { apiKeyIdSchema, organizationIdSchema } from './ids.ts';

/**
 * The key service's announcements over pub/sub after a change. Announcements only speed things up: pub/sub may lose,
 * repeat or reorder them, so no decision to admit may ever depend on one having arrived.
 */
export const announcementChannel = 'engagetrack:announcements';

export const announcementSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('key_revoked'), key_id: apiKeyIdSchema, organization_id: organizationIdSchema }),
  z.object({
    kind: z.literal('organization_changed'),
    organization_id: organizationIdSchema,
    epoch: z.int().nonnegative(),
  }),
]);

export type Announcement = z.infer<typeof announcementSchema>;

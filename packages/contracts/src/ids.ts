import { z } from 'zod';

/**
 * Ids are a prefix and 24 lower-case letters and digits, so that an id pasted into the wrong place shows its kind,
 * and so that every id is one safe path segment.
 */
const idPattern = (prefix: string): RegExp => new RegExp(`^${prefix}_[A-Za-z0-9]{1,60}$`);

export const organizationIdSchema = z.string().regex(idPattern('org')).brand<'OrganizationId'>();
export const userIdSchema = z.string().regex(idPattern('usr')).brand<'UserId'>();
export const apiKeyIdSchema = z.string().regex(idPattern('key')).brand<'ApiKeyId'>();

export type OrganizationId = z.infer<typeof organizationIdSchema>;
export type UserId = z.infer<typeof userIdSchema>;
export type ApiKeyId = z.infer<typeof apiKeyIdSchema>;

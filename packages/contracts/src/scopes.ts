import { z } from 'zod';

/** The nine scopes, in the order of the published scope reference. Write never implies read. */
export const scopes = [
  'analytics:read',
  'sites:read',
  'goals:read',
  'goals:write',
  'funnels:read',
  'funnels:write',
  'annotations:read',
  'annotations:write',
  'visitors:read',
] as const;

export type Scope = (typeof scopes)[number];

export const scopeSchema = z.enum(scopes);

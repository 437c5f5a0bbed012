import type { ApiKeyListBody } from '@engagetrack/contracts';
import type { Request, RequestHandler } from 'express';
import { type ApiKeyStore, activeKeysPerOrganizationMax, type ListPosition } from '../api-key-store.ts';
import type { AuthorizeMember } from '../authorize-member.ts';
import { cursorFor, parseCursor } from '../list-position.ts';
import { invalidInput } from '../read-body.ts';
import { apiKeyBody } from './api-key-body.ts';

const pageSizeMax = 200;

/** GET /organizations/{organizationId}/api-keys: every active key, newest first; a page of them with `limit`. */
export function listApiKeys(authorize: AuthorizeMember, store: ApiKeyStore): RequestHandler {
  return async (req, res) => {
    const { organization } = await authorize(req);
    const limit = limitFrom(req);
    // One more than asked for tells whether there is a next page.
    const keys = await store.list(organization.id, limit + 1, positionFrom(req));
    const page = keys.slice(0, limit);
    const last = page.at(-1);
    const body: ApiKeyListBody = {
      data: page.map(apiKeyBody),
      next_cursor: keys.length > limit && last !== undefined ? cursorFor(last) : null,
    };
    res.set('Cache-Control', 'no-store').json(body);
  };
}

function limitFrom({ query: { limit, cursor } }: Request): number {
  if (limit === undefined) return cursor === undefined ? activeKeysPerOrganizationMax : pageSizeMax;
  const number = typeof limit === 'string' && /^\d{1,3}$/.test(limit) ? Number(limit) : 0;
  if (number < 1 || number > pageSizeMax) throw invalidInput(`limit must be a whole number from 1 to ${pageSizeMax}`);
  return number;
}

function positionFrom({ query: { cursor } }: Request): ListPosition | undefined {
  if (cursor === undefined) return undefined;
  const position = typeof cursor === 'string' ? parseCursor(cursor) : undefined;
  if (position === undefined) throw invalidInput('cursor must be a next_cursor of this list');
  return position;
}

import {
  type ApiKeyListBody,
  type ApiKeyRecordListBody,
  type ApiKeyStatus,
  apiKeyStatuses,
} from '@engagetrack/contracts';
import type { Request, RequestHandler } from 'express';
import { type ApiKeyStore, activeKeysPerOrganizationMax, type ListPosition } from '../api-key-store.ts';
import type { AuthorizeMember } from '../authorize-member.ts';
import { cursorFor, parseCursor } from '../list-position.ts';
import { invalidInput } from '../read-body.ts';
import { apiKeyBody, apiKeyRecordBody } from './api-key-body.ts';

const pageSizeMax = 200;

/**
 * GET /organizations/{organizationId}/api-keys: every active key, newest first; a page of them with `limit`. With
 * `status`, the keys in that state, each with its creator and the time of its revocation.
 */
export function listApiKeys(authorize: AuthorizeMember, store: ApiKeyStore): RequestHandler {
  return async (req, res) => {
    const { organization } = await authorize(req);
    const status = statusFrom(req);
    const limit = limitFrom(req);
    const after = positionFrom(req);
    // Asks for one more than the page holds, to know whether there is a next page.
    const keys = await store.list(organization.id, { status: status ?? 'active', limit: limit + 1, after });
    const page = keys.slice(0, limit);
    const last = page.at(-1);
    const nextCursor = keys.length > limit && last !== undefined ? cursorFor(last) : null;
    const body: ApiKeyListBody | ApiKeyRecordListBody =
      status === undefined
        ? { data: page.map(apiKeyBody), next_cursor: nextCursor }
        : { data: page.map(apiKeyRecordBody), next_cursor: nextCursor };
    res.set('Cache-Control', 'no-store').json(body);
  };
}

function statusFrom({ query: { status } }: Request): ApiKeyStatus | undefined {
  if (status === undefined) return undefined;
  const known = apiKeyStatuses.find((each) => each === status);
  if (known === undefined) throw invalidInput(`status must be one of ${apiKeyStatuses.join(', ')}`);
  return known;
}

/** All active keys fit into one answer; the number of other keys has no ceiling. */
function limitFrom({ query: { limit, cursor, status = 'active' } }: Request): number {
  if (limit === undefined)
    return cursor === undefined && status === 'active' ? activeKeysPerOrganizationMax : pageSizeMax;
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

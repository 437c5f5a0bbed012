import { randomInt } from 'node:crypto';
import {
  type ApiKeyId,
  apiKeyIdSchema,
  type OrganizationId,
  organizationIdSchema,
  type UserId,
  userIdSchema,
} from '@engagetrack/contracts';

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
const idLength = 24; // 124 random bits

export function newApiKeyId(): ApiKeyId {
  return apiKeyIdSchema.parse(`key_${randomText()}`);
}

export function newOrganizationId(): OrganizationId {
  return organizationIdSchema.parse(`org_${randomText()}`);
}

export function newUserId(): UserId {
  return userIdSchema.parse(`usr_${randomText()}`);
}

function randomText(): string {
  return Array.from({ length: idLength }, () => alphabet[randomInt(alphabet.length)]).join('');
}

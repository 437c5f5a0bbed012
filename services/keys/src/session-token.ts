import { hash, randomBytes } from 'node:crypto';

/** SHA-256 of a session token in hexadecimal; the only form in which one is stored. */
export type SessionTokenHash = string & { readonly __brand: 'SessionTokenHash' };

export const sessionLifetimeMs = 12 * 60 * 60 * 1000;

const sessionTokenPattern = /^et_session_[A-Za-z0-9_-]{43}$/;

/** A new session token with 256 random bits. */
export function generateSessionToken(): string {
  return `et_session_${randomBytes(32).toString('base64url')}`;
}

/** @returns the hash to find a presented token by, or undefined when the text is no session token. */
export function parseSessionToken(text: string): SessionTokenHash | undefined {
  return sessionTokenPattern.test(text) ? parseHash(hash('sha256', text, 'hex')) : undefined;
}

function parseHash(hex: string): SessionTokenHash {
  return hex as SessionTokenHash;
}

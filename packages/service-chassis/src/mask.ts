/**
 * Credentials are recognised by their shape, anywhere in a text: no list of field names can be complete, and a secret
 * in a message, a stack or a URL is as public as one in a field of its own.
 */
const credentialShapes: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/et_live_[0-9a-f]{32}/gi, 'et_live_[redacted]'],
  [/et_session_[A-Za-z0-9_-]{43}/g, 'et_session_[redacted]'],
  // SHA-256 in hexadecimal: key hashes and session hashes.
  [/(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/gi, '[redacted hash]'],
  // Up to the last `@` before the host's end, because a password may itself contain one. The ceiling on the scheme's
  // length keeps the search linear: otherwise each letter of a long run would start a search of its own.
  [/(\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s:/@"]*:)[^\s/"]+@/gi, '$1[redacted]@'],
];

/** Replaces every API key, session token, hash and URL password in a text. */
export function maskCredentials(text: string): string {
  let masked = text;
  for (const [pattern, replacement] of credentialShapes) masked = masked.replace(pattern, replacement);
  return masked;
}

/** `postgres://user:secret@host/db` becomes `postgres://user:********@host/db`; any other text stays. */
export function maskUrlPassword(value: string): string {
  if (!URL.canParse(value)) return value;
  const url = new URL(value);
  if (url.password === '') return value;
  url.password = '********';
  return url.href;
}

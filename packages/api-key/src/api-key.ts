/**
 * The form of an API key, and its hash.
 *
 * Guarantee: a plain key and its hash are different types, and a plain key cannot be printed by accident: inspecting,
 * stringifying or interpolating an {@link ApiKey} yields its masked preview.
 * Not here: storage, HTTP, clocks, scopes.
 */
import { hash, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';

const keyPrefix = 'et_live_';
const randomBytesInKey = 16; // 128 bits, written as 32 lower-case hexadecimal digits
const keyLength = keyPrefix.length + 2 * randomBytesInKey;
const previewDigits = 4;
const keyPattern = /^et_live_[0-9a-f]{32}$/;
const hashPattern = /^[0-9a-f]{64}$/;

/**
 * SHA-256 of the whole key text as 64 lower-case hexadecimal digits. A fast hash is enough: 128 random bits cannot be
 * guessed.
 */
export type ApiKeyHash = string & { readonly __brand: 'ApiKeyHash' };

/**
 * A well-formed API key in plain text. A class, because a private field is the one place that neither `inspect`,
 * `JSON.stringify` nor a debugger's property walk reads.
 */
export class ApiKey {
  readonly #text: string;

  constructor(text: string) {
    if (!isApiKeyText(text)) throw new TypeError('An API key is "et_live_" and 32 lower-case hexadecimal digits');
    this.#text = text;
  }

  /** The full key. Only two places may call this: the 201 that shows it once, and the hash. */
  reveal(): string {
    return this.#text;
  }

  /** The masked preview, `et_live_...c5d6`. */
  get preview(): string {
    return `${keyPrefix}...${this.lastFour}`;
  }

  /** The last four characters: the only part of the plain key that is ever stored. */
  get lastFour(): string {
    return this.#text.slice(-previewDigits);
  }

  toString(): string {
    return this.preview;
  }

  toJSON(): string {
    return this.preview;
  }

  [inspect.custom](): string {
    return `ApiKey(${this.preview})`;
  }
}

/** A new key with 128 bits from the operating system's cryptographically secure generator. */
export function generateApiKey(): ApiKey {
  return new ApiKey(keyPrefix + randomBytes(randomBytesInKey).toString('hex'));
}

/** The key a caller presented, or undefined when the text does not have a key's form. */
export function parseApiKey(text: string): ApiKey | undefined {
  return isApiKeyText(text) ? new ApiKey(text) : undefined;
}

export function isApiKeyText(text: string): boolean {
  return text.length === keyLength && keyPattern.test(text);
}

export function hashApiKey(key: ApiKey): ApiKeyHash {
  return parseApiKeyHash(hash('sha256', key.reveal(), 'hex'));
}

/** @throws TypeError when the text is not 64 lower-case hexadecimal digits. */
export function parseApiKeyHash(text: string): ApiKeyHash {
  if (!hashPattern.test(text)) throw new TypeError('A key hash is 64 lower-case hexadecimal digits');
  return text as ApiKeyHash;
}

/** A hash that belongs to no key. Readiness and warm-up ask about it: they need an answer, whichever it is. */
export const nobodysHash = parseApiKeyHash('0'.repeat(64));

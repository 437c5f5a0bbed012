import type { RateLimitPolicy } from '@engagetrack/admission-store';
import { type ApiKeyHash, hashApiKey, parseApiKey } from '@engagetrack/api-key';
import { Problem, unavailable } from '@engagetrack/contracts';
import { bearerCredential } from '@engagetrack/service-chassis';
import type { Admit } from './admission/admit.ts';
import type { FailedAuthenticationLimit } from './admission/failed-authentication-limit.ts';
import type { KeyDirectory, KnownKey } from './keys/key-directory.ts';
import type { Quota } from './rate-limit.ts';

declare const proven: unique symbol;

/** A proven caller: only {@link createAuthenticate} makes one. */
export type Principal = KnownKey & { readonly hash: ApiKeyHash; readonly [proven]: true };

export interface Authenticated {
  readonly principal: Principal;
  readonly quota: Quota;
  /** Milliseconds of the clock that never steps. The decision rests on nothing older. */
  readonly decidedAtMs: number;
}

export interface Credentials {
  /** The result of {@link keyHashIn}; undefined without an API key. */
  readonly keyHash: ApiKeyHash | undefined;
  readonly hasAuthorization: boolean;
  readonly address: string;
  /** Whether the client has disconnected. */
  readonly hasLeft: () => boolean;
  /** The policy that counts a request of this key. */
  readonly policyFor: (key: KnownKey) => RateLimitPolicy;
}

/** @returns rejects with a Problem 401, 429 (too many failures from this address) or 503. */
export type Authenticate = (credentials: Credentials) => Promise<Authenticated>;

export interface AuthenticateParts {
  readonly directory: KeyDirectory;
  readonly admit: Admit;
  readonly failures: FailedAuthenticationLimit;
}

/**
 * Authorization → Principal. Fails closed: without a certain answer it is 503, never an admission and never a 401 for a
 * live key.
 */
export function createAuthenticate({ directory, admit, failures }: AuthenticateParts): Authenticate {
  return async ({ keyHash: hash, hasAuthorization, address, hasLeft, policyFor }) => {
    if (hash === undefined) throw invalidKey(hasAuthorization ? 'malformed_key' : 'no_credential');
    const known = await lookUp(hash, address, hasLeft);
    if (known === undefined) throw invalidKey('unknown_key');
    const outcome = await admit(hash, known, policyFor);
    if (outcome.kind === 'refused') throw invalidKey(outcome.reason);
    return { principal: prove(outcome.key, hash), quota: outcome.quota, decidedAtMs: outcome.decidedAtMs };
  };

  /** Counts a failure once for each credential. A dead key that is retried has been counted, and is never told 429. */
  async function lookUp(hash: ApiKeyHash, address: string, hasLeft: () => boolean): Promise<KnownKey | undefined> {
    const isDead = directory.rememberedDead(hash);
    let isAsking = false;
    const known = await directory.find(hash, () => {
      if (hasLeft()) throw unavailable('abandoned');
      if (!isDead) failures.spendLookUp(address, hash);
      else if (failures.isOverLimit(address)) throw invalidKey('unknown_key');
      isAsking = true;
    });
    if (known === undefined && isAsking && !isDead) failures.countFailure(address);
    return known;
  }
}

/** RFC 6750 section 3.1: no error code without a credential; the same one for an unknown, revoked and expired key. */
function invalidKey(reason: string): Problem {
  const error = reason === 'no_credential' ? '' : ', error="invalid_token"';
  return new Problem('invalid_key', { reason, headers: { 'WWW-Authenticate': `Bearer realm="engagetrack"${error}` } });
}

export function keyHashIn(authorization: string | undefined): ApiKeyHash | undefined {
  const credential = bearerCredential(authorization);
  const key = credential === undefined ? undefined : parseApiKey(credential);
  return key && hashApiKey(key);
}

function prove(key: KnownKey, hash: ApiKeyHash): Principal {
  return { ...key, hash } as Principal;
}

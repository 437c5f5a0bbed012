import type { RateLimitPolicy } from '@engagetrack/admission-store';
import { type ApiKeyHash, hashApiKey, parseApiKey } from '@engagetrack/api-key';
import { Problem, unavailable } from '@engagetrack/contracts';
import { bearerCredential } from '@engagetrack/service-chassis';
import type { Admit } from './admit.ts';
import type { FailedAuthenticationLimit } from './failed-authentication-limit.ts';
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

/**
 * Refusals that need no question are thrown rather than rejected, because they cost no promise in a flood.
 * @throws Problem 401, 429 (too many failures from this address) or 503 at once.
 * @returns rejects with a Problem 401, 429 or 503.
 */
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
  return (credentials) => {
    const { keyHash: hash, address, hasAuthorization } = credentials;
    if (hash === undefined) return refuse(address, hasAuthorization ? 'malformed_key' : 'no_credential');
    if (!directory.remembers(hash)) refuseOverLimit(address);
    // Judged again when the look-up begins: of a thousand guesses at once, those that wait learn from the first.
    const found = directory.find(hash, () => {
      if (credentials.hasLeft()) throw unavailable('abandoned');
      refuseOverLimit(address);
    });
    return recognise(hash, credentials, found);
  };

  async function recognise(
    hash: ApiKeyHash,
    { address, policyFor }: Credentials,
    found: Promise<KnownKey | undefined>,
  ): Promise<Authenticated> {
    const known = await found;
    if (known === undefined) return refuse(address, 'unknown_key');
    const outcome = await admit(hash, known, policyFor);
    if (outcome.kind === 'refused') return refuse(address, outcome.reason);
    return { principal: prove(outcome.key, hash), quota: outcome.quota, decidedAtMs: outcome.decidedAtMs };
  }

  function refuseOverLimit(address: string): void {
    const refusal = failures.refusal(address);
    if (refusal !== undefined) throw refusal;
  }

  function refuse(address: string, reason: string): never {
    const refusal = failures.refusal(address);
    failures.countFailure(address);
    throw refusal ?? invalidKey(reason);
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

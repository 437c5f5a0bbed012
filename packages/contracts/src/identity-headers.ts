/**
 * The headers by which the gateway names the caller to an upstream. An upstream may trust them because the gateway
 * builds every forwarded request from scratch: a client's own copy of these never gets through.
 */
export const identityHeaders = {
  organizationId: 'x-org-id',
  apiKeyId: 'x-api-key-id',
  /** Space-separated and sorted, as in RFC 6749 section 3.3. */
  scopes: 'x-auth-scopes',
  authType: 'x-auth-type',
} as const;

/** Carries `INTERNAL_TOKEN` from a gateway to the key service, which then believes the forwarded client address. */
export const internalTokenHeader = 'x-internal-token';

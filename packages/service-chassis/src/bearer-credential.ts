/**
 * RFC 9110 section 11.4 and RFC 6750 section 2.1: the scheme in any case, one or more blanks, and one credential of
 * visible characters with nothing behind it.
 */
const bearer = /^bearer +([!-~]+)$/i;

/** The credential of an `Authorization: Bearer` field, whose own form is not judged; undefined for any other value. */
export function bearerCredential(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : bearer.exec(authorization)?.[1];
}

import type { IncomingMessage } from 'node:http';
import type { CookieOptions, Response } from 'express';

/**
 * The one place that knows how a browser carries a session: scripts never see the cookie, and other sites never send
 * it.
 */
export interface SessionCookie {
  /** @returns the session token of a request, or undefined without a cookie that can be a token. */
  find(req: IncomingMessage): string | undefined;
  set(res: Response, token: string): void;
  clear(res: Response): void;
}

/** The characters that an Authorization header allows unquoted (RFC 6750 section 2.1), up to a limit of length. */
const tokenPattern = /^[A-Za-z0-9._~+/-]{16,256}$/;

/** @param secure whether browsers reach this server over TLS; only then do they accept the `__Host-` prefix. */
export function createSessionCookie(secure: boolean): SessionCookie {
  const name = secure ? '__Host-engagetrack_session' : 'engagetrack_session';
  // Neither Expires nor Max-Age: a browser never writes the token to a disk, and the key service ends it after 12
  // hours.
  const attributes: CookieOptions = { httpOnly: true, sameSite: 'lax', secure, path: '/', encode: String };
  return {
    find: (req) => {
      const value = readCookies(req.headers.cookie ?? '').get(name);
      return value !== undefined && tokenPattern.test(value) ? value : undefined;
    },
    set: (res, token) => {
      if (!tokenPattern.test(token)) throw new Error('The key service issued a token that no cookie can carry');
      res.cookie(name, token, attributes);
    },
    clear: (res) => {
      res.clearCookie(name, attributes);
    },
  };
}

/** RFC 6265 section 5.4 puts the most specific cookie first, so the first cookie of a name counts. */
function readCookies(header: string): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, equals).trim();
    if (equals !== -1 && !cookies.has(name)) cookies.set(name, pair.slice(equals + 1).trim());
  }
  return cookies;
}

import type { RequestHandler } from 'express';

/**
 * Security fields of every answer.
 *
 * Guarantee: only the built files of this origin may run in a page or style it, no other page may frame one, and no
 * request carries a page's address. There is no `unsafe-` source and no nonce: styles are static files, and
 * `trusted-types 'none'` closes every DOM sink that takes markup or script as text.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "base-uri 'none'",
  "connect-src 'self'",
  // Script sends all forms; without script the browser must not put a password into an address.
  "form-action 'none'",
  "frame-ancestors 'none'",
  "img-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const headers: Readonly<Record<string, string>> = {
  // Files with a hash in their name replace this value.
  'Cache-Control': 'no-store',
  'Content-Security-Policy': contentSecurityPolicy,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

const strictTransportSecurity = 'max-age=31536000; includeSubDomains';

/** @param secure whether browsers reach this server over TLS. */
export function setSecurityHeaders(secure: boolean): RequestHandler {
  return (_req, res, next) => {
    res.set(headers);
    if (secure) res.set('Strict-Transport-Security', strictTransportSecurity);
    next();
  };
}

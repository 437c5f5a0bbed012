import { Problem } from '@engagetrack/contracts';
import type { RequestHandler } from 'express';

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/**
 * Refuses every change, log-in included, that does not come from a page of this origin. Besides the cookie's SameSite,
 * this keeps other sites from acting in an admin's name.
 *
 * A browser sends `Origin` with every fetch that changes something, so a request without one is refused as well.
 * @param publicUrl the dashboard's own address; undefined for the address in the request's Host field, over plain HTTP.
 * @throws Problem 403.
 */
export function checkOrigin(publicUrl: string | undefined): RequestHandler {
  const publicOrigin = publicUrl === undefined ? undefined : new URL(publicUrl).origin;
  return (req, _res, next) => {
    if (safeMethods.has(req.method)) return next();
    const expected = publicOrigin ?? `http://${req.headers.host ?? ''}`;
    const site = req.headers['sec-fetch-site'];
    if (req.headers.origin !== expected || (site !== undefined && site !== 'same-origin')) throw foreignOrigin();
    return next();
  };
}

function foreignOrigin(): Problem {
  return new Problem('forbidden', {
    text: 'Changes are only accepted from the dashboard itself',
    reason: 'foreign_origin',
  });
}

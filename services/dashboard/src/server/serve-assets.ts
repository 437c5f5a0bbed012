import { Problem } from '@engagetrack/contracts';
import type { RequestHandler } from 'express';
import type { Assets } from './assets-folder.ts';

/** The name of a built file has a hash of its content, so a copy never goes stale (RFC 8246). */
const immutable = 'public, max-age=31536000, immutable';

/** Answers with a built file. @throws Problem 404 for any other path. */
export function serveAsset({ files }: Assets): RequestHandler {
  return (req, res) => {
    const asset = files.get(req.path);
    if (asset === undefined) throw new Problem('not_found', { reason: 'no_asset' });
    const encoding = req.acceptsEncodings('br', 'gzip', 'identity');
    const compressed = encoding === 'br' ? asset.br : encoding === 'gzip' ? asset.gzip : undefined;
    res.set({ 'Cache-Control': immutable, 'Content-Type': asset.contentType, Vary: 'Accept-Encoding' });
    if (compressed !== undefined) res.set('Content-Encoding', String(encoding));
    res.end(compressed ?? asset.identity);
  };
}

/** The built page has this mark where the running server puts the gateway's address. */
const gatewayUrlMark = '__GATEWAY_URL__';

/**
 * Answers with the application's one page; the browser decides which view it shows.
 * @param gatewayUrl the address for customers' API requests, for the examples.
 */
export function servePage({ page }: Assets, gatewayUrl: string): (status: number) => RequestHandler {
  const html = page.replaceAll(gatewayUrlMark, () => escapeAttribute(gatewayUrl));
  return (status) => (_req, res) => {
    res.status(status).set('Content-Type', 'text/html; charset=utf-8').end(html);
  };
}

function escapeAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}

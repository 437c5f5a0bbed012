import { Problem } from '@engagetrack/contracts';
import type { RequestHandler } from 'express';
import type { Assets } from './assets-folder.ts';

/** Built files have a hash of their content in their name, so a copy never goes stale (RFC 8246). */
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

/** Stands in the built page for what only the running server knows. */
const gatewayUrlMark = '__GATEWAY_URL__';

/**
 * Answers with the application's one page; which view it shows is decided in the browser.
 * @param gatewayUrl where customers send API requests, for the examples.
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

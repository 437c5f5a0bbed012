import { Problem } from '@engagetrack/contracts';
import express, { type Request, type Response } from 'express';

const bodyBytesMax = 8 * 1024;
const readText = express.text({ limit: bodyBytesMax, type: 'application/json', inflate: false });

/**
 * Reads a small JSON body as text, not yet parsed.
 * @throws Problem 415 for a body that is not JSON, 413 above 8 KiB.
 */
export async function readJsonText(req: Request, res: Response): Promise<string> {
  // A form of another site can send text/plain without a preflight, but not JSON.
  if (req.is('application/json') === false) throw new Problem('unsupported_media_type');
  await new Promise<void>((resolve, reject) => {
    readText(req, res, (error: unknown) => (error === undefined ? resolve() : reject(error)));
  });
  return typeof req.body === 'string' ? req.body : '';
}

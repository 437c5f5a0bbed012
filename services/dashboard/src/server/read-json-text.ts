import { Problem } from '@engagetrack/contracts';
import express, { type Request, type Response } from 'express';

const bodyBytesMax = 8 * 1024;
const readText = express.text({ limit: bodyBytesMax, type: 'application/json', inflate: false });

/**
 * The JSON text of a small body, not yet parsed.
 * @throws Problem 415 for anything but JSON, 413 above 8 KiB.
 */
export async function readJsonText(req: Request, res: Response): Promise<string> {
  // A form of another site can send text/plain without asking; JSON it cannot.
  if (req.is('application/json') === false) throw new Problem('unsupported_media_type');
  await new Promise<void>((resolve, reject) => {
    readText(req, res, (error: unknown) => (error === undefined ? resolve() : reject(error)));
  });
  return typeof req.body === 'string' ? req.body : '';
}

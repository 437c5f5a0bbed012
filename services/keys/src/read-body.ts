import { isUtf8 } from 'node:buffer';
import { Problem } from '@engagetrack/contracts';
import express, { type Request, type Response } from 'express';
import type { z } from 'zod';

const bodyBytesMax = 64 * 1024;
/** Bytes. A longer report is refused; a full one has room to spare. */
const reportBytesMax = 1024 * 1024;
const noJson = 'The body must be valid JSON';

export const readBody = createReadBody(bodyBytesMax);
/** Reads a usage report. Only an authenticated gateway may send a body of this size. */
export const readReportBody = createReadBody(reportBytesMax);

/**
 * Creates a reader that parses and validates a JSON body. A handler calls it after authentication and authorization, so
 * that the body of an unauthorized caller is never read.
 * @throws Problem 415, 413, or 400 with one sentence that names the field.
 */
function createReadBody(bytesMax: number) {
  const parseJson = express.json({
    limit: bytesMax,
    type: 'application/json',
    strict: false,
    inflate: false,
    // RFC 8259 section 8.1. Decoding invalid UTF-8 would replace bytes that the caller sent.
    verify: (_req, _res, body) => {
      if (!isUtf8(body)) throw invalidInput(noJson);
    },
  });
  return async <Schema extends z.ZodType>(req: Request, res: Response, schema: Schema): Promise<z.infer<Schema>> => {
    if (!isJson(req.headers['content-type'])) throw new Problem('unsupported_media_type');
    await new Promise<void>((resolve, reject) => {
      parseJson(req, res, (error: unknown) => (error === undefined ? resolve() : reject(bodyProblem(error))));
    });
    const parsed = schema.safeParse(req.body);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw invalidInput(issue === undefined ? 'The body is not valid' : sentenceFor(issue));
  };
}

/** @returns a 400 with a sentence that names the mistake. */
export function invalidInput(sentence: string): Problem {
  return new Problem('invalid_input', { text: sentence });
}

/** RFC 8259 section 8.1: JSON is UTF-8, so every other charset is refused. */
function isJson(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(contentType);
}

function bodyProblem(error: unknown): unknown {
  const type = typeof error === 'object' && error !== null && 'type' in error ? error.type : undefined;
  return type === 'entity.parse.failed' || type === 'entity.verify.failed' ? invalidInput(noJson) : error;
}

function sentenceFor(issue: z.core.$ZodIssue): string {
  const field = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') return `Unknown field: ${shortened(issue.keys[0] ?? '')}`;
  return field === '' ? 'The body must be a JSON object' : `${field} ${issue.message}`;
}

/** Repeats at most 64 plain characters of a name that the caller made up. */
function shortened(name: string): string {
  return name.replace(/[^\w.-]/g, '?').slice(0, 64);
}

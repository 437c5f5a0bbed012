import { randomBytes } from 'node:crypto';

/** W3C Trace Context, version 00; an all-zero trace or parent id is invalid. */
const traceparentPattern = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** @returns the caller's `traceparent` if it is valid, a new one if it is broken, none if there was none. */
export function traceparentFrom(header: string | undefined): string | undefined {
  if (header === undefined || traceparentPattern.test(header)) return header;
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
}

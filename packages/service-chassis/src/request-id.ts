import { randomUUID } from 'node:crypto';

const requestIdPattern = /^[A-Za-z0-9._:-]{8,128}$/;

/** The caller's own request id if it has the documented form, else a new one. */
export function requestIdFrom(header: string | string[] | undefined): string {
  return typeof header === 'string' && requestIdPattern.test(header) ? header : flat(randomUUID());
}

/** V8 keeps a concatenated text as its sixteen pieces, half a kilobyte, until a character of it is read. */
function flat(text: string): string {
  text.charCodeAt(0);
  return text;
}

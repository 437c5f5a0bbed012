import type { IncomingMessage } from 'node:http';

/** Fields. Above this node:http would drop fields silently, so the answer is refused. */
const responseFieldsMax = 512;
/** RFC 9112 section 4: visible characters, blanks and obsolete text; node:http refuses to send anything else. */
const reasonPhrase = /^[\t\x20-\x7e\x80-\xff]*$/;

export type UpstreamAnswer = IncomingMessage & { readonly statusCode: number };

/** Whether the head of an upstream's answer can be forwarded: a final status, of a known version and form. */
export function isForwardable(answer: IncomingMessage): answer is UpstreamAnswer {
  const { statusCode = 0, statusMessage = '', httpVersion, rawHeaders } = answer;
  if (statusCode < 200 || statusCode > 599) return false;
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return false;
  return rawHeaders.length <= 2 * responseFieldsMax && reasonPhrase.test(statusMessage);
}

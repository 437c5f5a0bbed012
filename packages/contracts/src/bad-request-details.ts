/**
 * What a caller can do about a 400, by the reason of the log line: one fixed sentence each, which repeats nothing of
 * the request. Answers as RFC 9457 carry it as `detail`.
 */
export const badRequestDetails = {
  bad_path:
    'A path is segments of 1 to 128 letters, digits, "_" and "-", each behind one "/"; it does not end with "/", and nothing in it is percent-encoded.',
  bad_query:
    'A query is visible ASCII characters without "#" and backslash, with "%" only before two hexadecimal digits.',
  http_version: 'The request must be HTTP/1.1 or HTTP/1.0.',
  host: 'The request needs one Host field with a name or an address, and a port of at most 65535 if any.',
  framing: 'The request has both Content-Length and Transfer-Encoding, or Transfer-Encoding in HTTP/1.0.',
  transfer_encoding: 'The only transfer coding that is understood is "chunked", named once.',
  content_length: 'Content-Length must be one decimal number without a sign and without leading zeros.',
  connection: 'The Connection field names a header field that this service needs, or a text that is no field name.',
  upgrade: 'The connection cannot be upgraded to the protocol of the Upgrade field.',
  bytes_behind_upgrade: 'A request that offers h2c must be answered before more bytes follow it.',
  connect: 'CONNECT is not supported; this service is not a proxy.',
  body_idle: 'The body of the request did not come in time.',
  err_http_request_timeout: 'The request did not come in time.',
} as const satisfies Record<string, string>;

const duplicateFieldDetail = 'A header field that may come once came twice.';
const brokenBytesDetail = 'The bytes are no well-formed HTTP/1.1 request.';

/** @returns undefined where the text of the problem says it already, or nothing more is known. */
export function badRequestDetail(reason: string): string | undefined {
  if (isKnown(reason)) return badRequestDetails[reason];
  if (reason.startsWith('duplicate_')) return duplicateFieldDetail;
  return reason.startsWith('hpe_') || reason === 'broken_bytes' ? brokenBytesDetail : undefined;
}

function isKnown(reason: string): reason is keyof typeof badRequestDetails {
  return Object.hasOwn(badRequestDetails, reason);
}

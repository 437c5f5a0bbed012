import { Problem } from '@engagetrack/contracts';
import { isPlainPath } from '@engagetrack/service-chassis';

/**
 * Turns the raw bytes of a request target into the one string that is both decided on and forwarded.
 *
 * Guarantee: an accepted target means the same to every reader, because its path is plain: there is nothing to decode,
 * fold, merge or strip. Nothing is normalised.
 */
export interface RequestTarget {
  readonly path: string;
  /** The path and, byte for byte, the query with its question mark. */
  readonly raw: string;
}

const pathLengthMax = 2_048;
const queryLengthMax = 4_096;
/** Visible ASCII without `#` and `\`; a percent sign only in front of two hexadecimal digits. */
const queryPattern = /^(?:[!-"$&-[\]-~]|%[0-9A-Fa-f]{2})*$/;

/**
 * Accepts origin-form only (RFC 9112 section 3.2.1): this is no forward proxy.
 * @throws Problem 414 for an over-long target, 400 for anything else outside the grammar.
 */
export function parseRequestTarget(raw: string): RequestTarget {
  const questionMark = raw.indexOf('?');
  const path = questionMark === -1 ? raw : raw.slice(0, questionMark);
  if (path.length > pathLengthMax || raw.length - path.length > queryLengthMax + 1) throw new Problem('uri_too_long');
  if (!isPlainPath(path)) throw new Problem('bad_request', { reason: 'bad_path' });
  if (questionMark !== -1 && !queryPattern.test(raw.slice(questionMark + 1)))
    throw new Problem('bad_request', { reason: 'bad_query' });
  return { path, raw };
}

export function segmentsOf({ path }: RequestTarget): readonly string[] {
  return path.slice(1).split('/');
}

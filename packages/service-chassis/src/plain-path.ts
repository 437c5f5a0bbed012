const plainPath = /^(?:\/[A-Za-z0-9_-]{1,128})+$/;
const plainSegment = /^[A-Za-z0-9_-]{1,128}$/;

/**
 * Whether a path means the same to every reader: it has only plain segments joined by single slashes, so that there is
 * nothing to decode, fold, merge or strip. The length of the whole path does not matter.
 */
export function isPlainPath(path: string): boolean {
  return plainPath.test(path);
}

/** Whether a segment is 1 to 128 letters and digits of ASCII, `_` and `-`. */
export function isPlainSegment(segment: string): boolean {
  return plainSegment.test(segment);
}

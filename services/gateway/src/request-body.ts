import type { IncomingMessage } from 'node:http';

/** Judges by the raw framing fields, because forwarding replaces the parsed ones. */
export function hasBody({ rawHeaders }: IncomingMessage): boolean {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase();
    if (name === 'transfer-encoding') return true;
    if (name === 'content-length' && Number(rawHeaders[index + 1]) > 0) return true;
  }
  return false;
}

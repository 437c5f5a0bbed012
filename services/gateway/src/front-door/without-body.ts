import { IncomingMessage, type ServerResponse } from 'node:http';

/**
 * Methods in which a body has no meaning (RFC 9110 sections 9.3.1, 9.3.2 and 9.3.5). Some upstreams leave such a body
 * on the wire and take it for the next request, so it is never forwarded.
 */
const bodylessMethods: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'DELETE']);

/** Bytes. A longer body is not read to its end: the connection is closed behind the answer. */
const droppedBytesMax = 64 * 1024;

export function hasMeaninglessBody(req: IncomingMessage): boolean {
  const { method, headers } = req;
  if (!bodylessMethods.has(method)) return false;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * The same request as one without a body, and without the fields that describe it.
 *
 * The body itself is read from the connection and dropped meanwhile; nothing waits for it. The connection is kept only
 * if the body is complete when the answer begins, so that what is still to come never counts as a request.
 */
export function withoutBody(req: IncomingMessage, res: ServerResponse): IncomingMessage {
  const isKept = res.shouldKeepAlive;
  let dropped = 0;
  res.shouldKeepAlive = false;
  req.on('data', drop);
  req.once('end', () => {
    res.shouldKeepAlive = isKept;
  });
  return bareCopy(req);

  function drop({ length }: Buffer): void {
    dropped += length;
    if (dropped <= droppedBytesMax) return;
    req.off('data', drop);
    req.pause();
  }
}

function bareCopy(req: IncomingMessage): IncomingMessage {
  const bare = new IncomingMessage(req.socket);
  bare.method = req.method;
  bare.url = req.url;
  bare.httpVersion = req.httpVersion;
  bare.httpVersionMajor = req.httpVersionMajor;
  bare.httpVersionMinor = req.httpVersionMinor;
  bare.headers = Object.fromEntries(Object.entries(req.headers).filter(([name]) => !describesBody(name)));
  const { rawHeaders } = req;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    if (!describesBody(name.toLowerCase())) bare.rawHeaders.push(name, value);
  }
  bare.complete = true;
  bare.push(null);
  return bare;
}

function describesBody(name: string): boolean {
  return name.startsWith('content-') || name === 'transfer-encoding';
}

import { once } from 'node:events';
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import type { z } from 'zod';

export interface KeyServiceClientOptions {
  readonly url: string;
  readonly internalToken: string;
}

export interface Question<Schema extends z.ZodType> {
  /** The URL of the internal listener. */
  readonly path: string;
  readonly body: unknown;
  readonly answer: Schema;
  readonly timeoutMs: number;
  /** Whether a repetition has the same effect as one request. */
  readonly isRepeatable?: boolean;
}

/** The key service answered with a status other than 200. */
export class KeyServiceRefusal extends Error {
  override readonly name = 'KeyServiceRefusal';
  readonly status: number;

  constructor(path: string, status: number) {
    super(`The key service answered ${path} with ${status}`);
    this.status = status;
  }
}

/** Rejects when the key service does not answer in time, with another status than 200, or in another form. */
export type AskKeyService = <Schema extends z.ZodType>(question: Question<Schema>) => Promise<z.infer<Schema>>;

/**
 * Sends requests to the key service's internal listener over HTTP. Questions travel in the body, so that no log of URLs
 * can contain them.
 *
 * By node:http and not by fetch, whose every call costs several times as much and is kept until a full collection; each
 * guess of a caller can cause a call.
 */
export function createKeyServiceClient({ url, internalToken }: KeyServiceClientOptions): AskKeyService {
  const isEncrypted = new URL(url).protocol === 'https:';
  const request = isEncrypted ? httpsRequest : httpRequest;
  const agent = new (isEncrypted ? HttpsAgent : HttpAgent)({ keepAlive: true });

  return async ({ path, body, answer, timeoutMs, isRepeatable = false }) => {
    const content = JSON.stringify(body);
    let outgoing = send(path, content);
    // After a busy moment timers are due before the process has read the answers, so those are read first.
    const deadline = setTimeout(() => setImmediate(giveUp), timeoutMs);
    try {
      let incoming = await answerTo(outgoing);
      while (incoming === 'connection_was_closed' && isRepeatable) {
        outgoing = send(path, content);
        incoming = await answerTo(outgoing);
      }
      if (incoming === 'connection_was_closed') throw new Error('A kept connection to the key service was closed');
      const said = await text(incoming);
      if (incoming.statusCode !== 200) throw new KeyServiceRefusal(path, incoming.statusCode ?? 0);
      return answer.parse(JSON.parse(said));
    } finally {
      clearTimeout(deadline);
    }

    function giveUp(): void {
      outgoing.destroy(new Error(`The key service took longer than ${timeoutMs} ms`));
    }
  };

  function send(path: string, content: string): ClientRequest {
    const outgoing = request(new URL(path, url), {
      method: 'POST',
      agent,
      headers: {
        Authorization: `Bearer ${internalToken}`,
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(content),
      },
    });
    // The answer, or its absence, already informs the caller; without a listener an error would end the process.
    outgoing.on('error', () => undefined);
    outgoing.end(content);
    return outgoing;
  }
}

/**
 * The other side may close a kept connection at any time, also just when it is used again (RFC 9112 section 9.3.1): the
 * request may have been received or not. A new connection has no such ambiguity.
 */
async function answerTo(outgoing: ClientRequest): Promise<IncomingMessage | 'connection_was_closed'> {
  try {
    const [incoming]: IncomingMessage[] = await once(outgoing, 'response');
    if (incoming === undefined) throw new Error('The key service gave no answer');
    return incoming;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (outgoing.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE')) return 'connection_was_closed';
    throw error;
  }
}

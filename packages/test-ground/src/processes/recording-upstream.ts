import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { identityHeaders } from '@engagetrack/contracts';

/** A request that reached the upstream, with the key that the gateway named. */
export interface Arrival {
  readonly nonce: string;
  readonly keyId: string | undefined;
  readonly atMs: number;
}

/** An upstream that records its requests, and streams on the path of live figures until one side ends the answer. */
export interface RecordingUpstream {
  readonly url: string;
  /** Returns the requests since the last call. */
  takeArrivals(): Arrival[];
  /** Sets how it answers from now on; it records its requests all the same. */
  behave(behaviour: UpstreamBehaviour): void;
  stop(): Promise<void>;
}

/** `resetting` resets the connection, `broken` resets it in the midst of an answer, `slow` delays its answer. */
export type UpstreamBehaviour = 'well' | 'resetting' | 'broken' | 'slow';

export const nonceParameter = 'nonce';
const streamEveryMs = 50;
const slowMs = 400;
const body = '{"data":[]}';

/** @param now a monotonic clock, milliseconds. */
export async function startRecordingUpstream(now: () => number): Promise<RecordingUpstream> {
  let arrivals: Arrival[] = [];
  let behaviour: UpstreamBehaviour = 'well';
  const server = createServer({ keepAliveTimeout: 0 }, (req, res) => {
    const target = new URL(req.url ?? '/', 'http://upstream');
    const nonce = target.searchParams.get(nonceParameter);
    if (nonce !== null) arrivals.push({ nonce, keyId: keyIdOf(req), atMs: now() });
    if (target.pathname.endsWith('/live')) stream(res);
    else answer(res, behaviour);
  });
  server.listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The upstream does not listen on a TCP port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    takeArrivals: () => {
      const taken = arrivals;
      arrivals = [];
      return taken;
    },
    behave: (next) => {
      behaviour = next;
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function keyIdOf({ headers }: IncomingMessage): string | undefined {
  const value = headers[identityHeaders.apiKeyId];
  return typeof value === 'string' ? value : undefined;
}

function answer(res: ServerResponse, behaviour: UpstreamBehaviour): void {
  const head = { 'content-type': 'application/json', 'content-length': body.length };
  switch (behaviour) {
    case 'well':
      return void res.writeHead(200, head).end(body);
    case 'slow':
      return void setTimeout(() => res.writeHead(200, head).end(body), slowMs);
    case 'resetting':
      return void res.destroy();
    case 'broken':
      return void res.writeHead(200, head).write(body.slice(1), () => res.destroy());
  }
}

function stream(res: ServerResponse): void {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (): void => {
    if (!res.writableNeedDrain) res.write('data: {}\n\n');
  };
  const timer = setInterval(send, streamEveryMs);
  res.once('close', () => clearInterval(timer));
  send();
}

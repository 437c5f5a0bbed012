/**
 * The upstream of a run, as a process of its own that ends with its parent: it answers every request, and counts those
 * that must not have come.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { UpstreamFigures, UpstreamMessage } from './upstream-messages.ts';

const keepAliveTimeoutMs = 600_000;
const answer = JSON.stringify({ data: 'x'.repeat(1_000) });
const headers = { 'content-type': 'application/json', 'content-length': answer.length };
let figures: UpstreamFigures = { requests: 0, unidentified: 0, credentials: 0 };

const server = createServer({ keepAliveTimeout: keepAliveTimeoutMs }, (req, res) => {
  record(req);
  req.resume();
  req.on('end', () => res.writeHead(200, headers).end(answer));
});
server.on('clientError', (_error, socket) => socket.destroy());
server.listen({ port: 0, host: '127.0.0.1' }, () => {
  const address = server.address();
  if (address !== null && typeof address !== 'string') tell({ port: address.port });
});
process.on('disconnect', () => process.exit(0));
process.on('message', () => tell({ figures }));

function record({ headers: received }: IncomingMessage): void {
  const isUnidentified = received['x-org-id'] !== 'org_demo' || !/^key_/.test(String(received['x-api-key-id']));
  figures = {
    requests: figures.requests + 1,
    unidentified: figures.unidentified + (isUnidentified ? 1 : 0),
    credentials: figures.credentials + (received.authorization === undefined ? 0 : 1),
  };
}

function tell(message: UpstreamMessage): void {
  process.send?.(message);
}

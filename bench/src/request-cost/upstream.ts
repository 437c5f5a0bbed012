/**
 * The upstream of both proxies: one fixed JSON answer of 1 KB, as cheap as node:http makes it, so that the core that it
 * shares with the load generator never limits a run.
 */
import { createServer } from 'node:http';
import { listenOnLoopback } from '../load-kit/listen-on-loopback.ts';
import { answerBytes } from './load-messages.ts';

/**
 * Milliseconds, longer than a proxy's connections are idle between two rounds: none is closed in the moment of its next
 * use.
 */
const keepAliveTimeoutMs = 600_000;

const shell = JSON.stringify({ data: '' });
const answer = Buffer.from(JSON.stringify({ data: 'x'.repeat(answerBytes - shell.length) }));
const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': answer.length };

const server = createServer((_req, res) => {
  res.writeHead(200, headers);
  res.end(answer);
});
server.keepAliveTimeout = keepAliveTimeoutMs;
await listenOnLoopback(server);

import { type ClientRequest, Agent as HttpAgent, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import { Problem, unavailable } from '@engagetrack/contracts';
import { isPlainPath, sendProblem } from '@engagetrack/service-chassis';
import type { RequestHandler } from 'express';
import { createProxyMiddleware, type Plugin } from 'http-proxy-middleware';
import type { OutgoingHeaders } from './outgoing-headers.ts';
import type { SessionCookie } from './session-cookie.ts';

export interface ForwardParts {
  readonly keysUrl: string;
  readonly cookie: SessionCookie;
  readonly outgoingHeaders: OutgoingHeaders;
  /** Receives the cause of a failure, for the log. */
  readonly onFault: (error: unknown) => void;
}

export interface Forward {
  readonly toKeyService: RequestHandler;
  close(): void;
}

const answerTimeoutMs = 15_000;
const bodyBytesMax = 64 * 1024;
const socketsMax = 256;

/** The queries that pages send, percent-encoded names and values: fewer than a query may be. */
const queryPattern = /^(?:[A-Za-z0-9_=&.~-]|%[0-9A-Fa-f]{2}){0,1024}$/;

/**
 * Forwards a page's request to the key service, with the session token from the cookie instead of the cookie.
 *
 * Guarantee: the outgoing request carries only the fields that outgoing-headers.ts built, and the browser gets only
 * `shownFields`. Both are set before and after the proxy, never in its `proxyReq` event, which some requests skip. The
 * only file that knows http-proxy-middleware.
 */
export function createForward({ keysUrl, cookie, outgoingHeaders, onFault }: ForwardParts): Forward {
  const { origin, protocol, host } = new URL(keysUrl);
  const agent = createAgent(protocol);
  const proxy = createProxyMiddleware({ target: origin, agent, ejectPlugins: true, plugins: [listenToProxy] });
  return {
    toKeyService: (req, res) => {
      refuseUnclear(req.url, req.headers);
      req.headers = { ...outgoingHeaders(req, cookie.find(req)), host };
      void proxy(req, res);
    },
    close: () => agent.destroy(),
  };

  function listenToProxy(...[server]: Parameters<Plugin>): void {
    server.on('proxyReq', (outgoing: ClientRequest) => {
      outgoing.setTimeout(answerTimeoutMs, () => outgoing.destroy(new Error('The key service did not answer in time')));
    });
    server.on('proxyRes', (answer) => {
      answer.headers = shownHeaders(answer.headers);
    });
    server.on('error', (error, req, res) => {
      if (req === undefined || !isResponse(res) || res.destroyed) return;
      onFault(error);
      sendProblem(req, res, unavailable('key_service_unreachable', error));
    });
  }
}

/** @throws Problem 400 or 413 for a request that two readers could take for different ones. */
function refuseUnclear(target: string, headers: IncomingHttpHeaders): void {
  if (!isPlain(target)) throw new Problem('bad_request', { reason: 'bad_target' });
  // A page's request has a length; one without is refused.
  if (headers['transfer-encoding'] !== undefined) throw new Problem('bad_request', { reason: 'no_length' });
  if (Number(headers['content-length'] ?? 0) > bodyBytesMax) throw new Problem('payload_too_large');
}

/** Whether a request target means the same to every reader, so that it needs no rewriting. */
function isPlain(target: string): boolean {
  const questionMark = target.indexOf('?');
  if (questionMark === -1) return isPlainPath(target);
  return isPlainPath(target.slice(0, questionMark)) && queryPattern.test(target.slice(questionMark + 1));
}

const shownFields: ReadonlySet<string> = new Set(['content-length', 'content-type', 'retry-after', 'x-error-code']);

/** This server sets `Cache-Control`, the request id and the rest of the head itself. */
function shownHeaders(received: IncomingHttpHeaders): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = {};
  for (const name in received) if (shownFields.has(name)) headers[name] = received[name];
  return headers;
}

function isResponse(res: ServerResponse | Socket | undefined): res is ServerResponse {
  return res !== undefined && 'setHeader' in res;
}

function createAgent(protocol: string): HttpAgent {
  const options = { keepAlive: true, maxSockets: socketsMax };
  return protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
}

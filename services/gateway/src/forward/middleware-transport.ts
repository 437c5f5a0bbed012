import { type ClientRequest, Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import { Problem } from '@engagetrack/contracts';
import express, { type ErrorRequestHandler } from 'express';
import { createProxyMiddleware, type Plugin } from 'http-proxy-middleware';
import { refuseOldDecision } from '../admission/admit.ts';
import { hasBody } from '../request-body.ts';
import type { Upstream } from '../routes/route-table.ts';
import {
  beginAnswer,
  continueAnswer,
  endAnswer,
  type Forwarding,
  failAnswer,
  type Transport,
  type TransportParts,
} from './forwarding.ts';
import { isForwardable } from './judge-upstream-answer.ts';
import { limitRequestBody } from './limit-request-body.ts';

/**
 * The management path: log-in, sessions and keys, by express and http-proxy-middleware; and any upstream that says
 * `via: http-proxy-middleware`.
 *
 * Every request has a connection of its own. So none meets one that the other side has just closed, and bytes
 * that come unasked behind an answer belong to no other request: a POST or DELETE, which is never sent twice, does not fail for the age of a
 * connection.
 */

/** 1xx answers before the final one; beyond them the answer is 502. */
const interimAnswersMax = 10;

export function createMiddlewareTransport({ url }: Upstream, { monotonicNow }: TransportParts): Transport {
  const forwardings = new Map<IncomingMessage, Forwarding>();
  const isEncrypted = url.protocol === 'https:';
  const agent = isEncrypted ? new HttpsAgent() : new HttpAgent();
  const app = express();
  app.disable('x-powered-by');
  app.use(
    createProxyMiddleware({
      target: url.origin,
      agent,
      selfHandleResponse: true,
      ejectPlugins: true,
      plugins: [listenToProxy],
    }),
  );
  // Express knows an error handler by its four parameters.
  const fail: ErrorRequestHandler = (error: unknown, req, _res, _next) => failFor(req, error);
  app.use(fail);

  return {
    send: (forwarding) => {
      const { req, res } = forwarding.exchange;
      forwardings.set(req, forwarding);
      res.once('close', () => forwardings.delete(req));
      // The proxy takes the fields from here. Never in its events: it skips them when a request says `Expect`.
      req.headers = headersOf(forwarding);
      app(req, res);
    },
    close: () => agent.destroy(),
  };

  function listenToProxy(...[proxy]: Parameters<Plugin>): void {
    proxy.on('proxyReq', (outgoing, req) => {
      const forwarding = forwardings.get(req);
      if (forwarding !== undefined) watch(outgoing, forwarding);
    });
    proxy.on('proxyRes', (answer, req) => {
      const forwarding = forwardings.get(req);
      if (forwarding !== undefined) take(answer, forwarding);
    });
    proxy.on('error', (error, req) => {
      if (req !== undefined) failFor(req, error);
    });
  }

  function failFor(req: IncomingMessage, error: unknown): void {
    const forwarding = forwardings.get(req);
    if (forwarding !== undefined) failAnswer(forwarding, error);
  }

  function watch(outgoing: ClientRequest, forwarding: Forwarding): void {
    const { clock } = forwarding;
    let answer: IncomingMessage | undefined;
    let interimAnswers = 0;
    // Its caller has left while the proxy prepared it.
    if (forwarding.isOver) outgoing.destroy();
    // Together with the proxy, which begins to read the body after this event.
    if (hasBody(forwarding.exchange.req)) limitRequestBody(forwarding);
    forwarding.transport = {
      abort: () => outgoing.destroy(),
      pauseAnswer: () => answer?.pause(),
      resumeAnswer: () => answer?.resume(),
      takesBody: () => !outgoing.writableNeedDrain,
      // node:http tells of it before the head is sent on.
      brokenBehind: () => undefined,
    };
    outgoing.once('finish', () => {
      forwarding.sentAtMs = clock.now();
    });
    outgoing.once('response', (received) => {
      answer = received;
    });
    outgoing.on('information', () => {
      interimAnswers += 1;
      if (interimAnswers > interimAnswersMax) refuseAnswer('upstream_interim_answers');
    });
    // No upgrade was asked for; without a listener node:http would drop the connection without a word.
    outgoing.once('upgrade', (_answer, socket) => {
      socket.on('error', () => {});
      socket.destroy();
      refuseAnswer('upstream_unasked_upgrade');
    });
    if (outgoing.socket !== null) refuseIfOld(outgoing, outgoing.socket, forwarding);

    function refuseAnswer(reason: string): void {
      failAnswer(forwarding, new Problem('upstream_unreachable', { reason }));
      outgoing.destroy();
    }
  }

  /** Before node:http's own listener, which writes the request; a process may have been frozen while it connected. */
  function refuseIfOld(outgoing: ClientRequest, socket: Socket, forwarding: Forwarding): void {
    socket.prependOnceListener(isEncrypted ? 'secureConnect' : 'connect', () => {
      forwarding.isConnected = true;
      forwarding.movedAtMs = forwarding.clock.now();
      try {
        if (forwarding.decidedAtMs !== undefined) refuseOldDecision(forwarding.decidedAtMs, monotonicNow());
      } catch (problem) {
        failAnswer(forwarding, problem);
        outgoing.destroy();
      }
    });
  }
}

function take(answer: IncomingMessage, forwarding: Forwarding): void {
  const head = {
    status: answer.statusCode ?? 0,
    fields: answer.rawHeaders,
    reasonPhrase: answer.statusMessage ?? '',
  };
  const isKnownVersion = answer.httpVersion === '1.1' || answer.httpVersion === '1.0';
  if (!isKnownVersion || !isForwardable(head)) {
    // The connection is closed by the proxy, behind the answer that the caller gets instead.
    failAnswer(forwarding, new Problem('upstream_unreachable', { reason: 'upstream_bad_head' }));
    return;
  }
  beginAnswer(forwarding, head);
  answer.on('data', (chunk: Buffer) => continueAnswer(forwarding, chunk));
  answer.on('end', () => {
    if (answer.complete) endAnswer(forwarding);
  });
  answer.on('error', (error) => failAnswer(forwarding, error));
}

function headersOf({ fields, exchange }: Forwarding): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let index = 0; index < fields.length; index += 2) headers[fields[index] ?? ''] = fields[index + 1] ?? '';
  if (exchange.req.headers['transfer-encoding'] !== undefined) headers['transfer-encoding'] = 'chunked';
  return headers;
}

import { Agent, type IncomingMessage, request } from 'node:http';
import type { Outcome } from '../history/history.ts';

export interface SentAnswer {
  readonly outcome: Outcome;
  readonly text: string;
  /** `X-RateLimit-Reset`, Unix seconds. */
  readonly windowEnd: number | undefined;
  /** The instant before the first byte left. */
  readonly sentAtMs: number;
  readonly endedAtMs: number;
}

export interface SendOptions {
  readonly url: string;
  readonly bearer?: string;
  readonly method?: string;
  readonly body?: unknown;
}

export interface OpenStream {
  readonly outcome: Outcome;
  /** Resolves when the answer has ended, in any way. */
  readonly ended: Promise<void>;
  close(): void;
}

/** A client that never throws and never sends again: a failure is an outcome. */
export interface HttpSender {
  send(options: SendOptions): Promise<SentAnswer>;
  /** Resolves with the head of an answer that continues. */
  open(options: SendOptions): Promise<OpenStream>;
  close(): void;
}

/** Milliseconds, longer than any freeze. A later answer counts as none. */
const answerDeadlineMs = 10_000;

/** @param now a monotonic clock, milliseconds. */
export function createHttpSender(now: () => number): HttpSender {
  const agent = new Agent({ keepAlive: true, scheduling: 'fifo' });

  return {
    send: async (options) => {
      const sentAtMs = now();
      const answer = await begin(options);
      if (answer === undefined)
        return { outcome: 'no_answer', text: '', windowEnd: undefined, sentAtMs, endedAtMs: now() };
      const text = await readText(answer);
      const reset = answer.headers['x-ratelimit-reset'];
      return {
        outcome: text === undefined ? 'no_answer' : (answer.statusCode ?? 'no_answer'),
        text: text ?? '',
        windowEnd: typeof reset === 'string' ? Number(reset) : undefined,
        sentAtMs,
        endedAtMs: now(),
      };
    },
    open: async (options) => {
      const answer = await begin(options);
      if (answer === undefined) return { outcome: 'no_answer', ended: Promise.resolve(), close: () => undefined };
      const ended = new Promise<void>((resolve) => answer.once('close', () => resolve()));
      answer.on('error', () => undefined);
      answer.resume();
      return { outcome: answer.statusCode ?? 'no_answer', ended, close: () => answer.destroy() };
    },
    close: () => agent.destroy(),
  };

  /** The head of the answer; undefined when none came in time. */
  function begin({ url, bearer, method = 'GET', body }: SendOptions): Promise<IncomingMessage | undefined> {
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = {
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...(bytes === undefined ? {} : { 'content-type': 'application/json', 'content-length': bytes.length }),
    };
    return new Promise((resolve) => {
      const outgoing = request(url, { agent, method, headers });
      const deadline = setTimeout(() => outgoing.destroy(), answerDeadlineMs);
      const settle = (answer: IncomingMessage | undefined): void => {
        clearTimeout(deadline);
        resolve(answer);
      };
      outgoing.once('response', settle);
      outgoing.on('error', () => settle(undefined));
      outgoing.once('close', () => settle(undefined));
      outgoing.end(bytes);
    });
  }
}

/** The body; undefined when the answer broke off, or did not end in time. */
function readText(answer: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const deadline = setTimeout(() => answer.destroy(), answerDeadlineMs);
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.on('error', () => undefined);
    answer.once('close', () => {
      clearTimeout(deadline);
      resolve(answer.complete ? Buffer.concat(chunks).toString() : undefined);
    });
  });
}

import { connect } from 'node:net';
import { breakOff } from '@engagetrack/test-ground/wire';
import { fieldOf, type ParsedAnswers, parseAnswers } from './parse-answers.ts';

export interface RawOptions {
  readonly port: number;
  readonly host?: string;
  /** Written one after the other, each as a segment of its own. Characters are bytes (latin1). */
  readonly pieces: readonly string[];
  /** Of the requests in the bytes, in order: an answer to HEAD has no body. */
  readonly methods?: readonly string[];
  /** After so many answers the client disconnects. */
  readonly answersExpected?: number;
  /** Milliseconds between the last written byte and the client's reset. */
  readonly leavesAfterMs?: number;
  /** Milliseconds without a byte after an answer. Then the client ends its side of the connection. */
  readonly quietMs?: number;
  /** Milliseconds without any byte of an answer. Then the client ends its side of the connection. */
  readonly patienceMs?: number;
  /** Milliseconds for the server to answer, or to close after the client's end. After that the outcome is `hung`. */
  readonly deadlineMs?: number;
}

export interface RawOutcome extends ParsedAnswers {
  /** Every byte that came back. */
  readonly bytes: string;
  /** `hung`: the server had everything and still neither answered nor closed within the deadline. */
  readonly end: 'closed' | 'reset' | 'left' | 'hung' | 'refused';
  readonly ms: number;
}

const quietDefaultMs = 150;
const patienceDefaultMs = 1_500;
const deadlineDefaultMs = 5_000;

/** Sends bytes over a connection of its own and collects what comes back, until it closes. Never rejects. */
export function sendBytes(options: RawOptions): Promise<RawOutcome> {
  const { port, host = '127.0.0.1', pieces, methods, answersExpected, leavesAfterMs } = options;
  const { quietMs = quietDefaultMs, patienceMs = patienceDefaultMs, deadlineMs = deadlineDefaultMs } = options;
  return new Promise((resolve) => {
    const startedAtMs = performance.now();
    const chunks: string[] = [];
    let end: RawOutcome['end'] = 'closed';
    let allWritten = false;
    const socket = connect({ port, host, allowHalfOpen: true, noDelay: true });
    socket.setEncoding('latin1');
    const deadline = setTimeout(() => {
      end = 'hung';
      socket.destroy();
    }, deadlineMs);
    let quiet = setTimeout(finish, deadlineMs);

    socket.on('connect', () => writePieces(0));
    socket.on('data', (text: string) => {
      chunks.push(text);
      if (!allWritten) return;
      waitForQuiet();
      const { answers } = parseAnswers(chunks.join(''), methods);
      const last = answers.at(-1);
      // Any client closes after an answer with `Connection: close`.
      if (last !== undefined && fieldOf(last, 'connection')?.toLowerCase() === 'close') socket.end();
      if (answersExpected !== undefined && answers.length >= answersExpected) {
        end = 'left';
        socket.end();
      }
    });
    socket.on('end', () => socket.end());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // A peer that closes before it has read all our bytes resets the connection; its earlier bytes have arrived.
      if (end === 'closed') end = error.code === 'ECONNREFUSED' ? 'refused' : 'reset';
    });
    socket.on('close', () => {
      clearTimeout(deadline);
      clearTimeout(quiet);
      const bytes = chunks.join('');
      resolve({ ...parseAnswers(bytes, methods), bytes, end, ms: performance.now() - startedAtMs });
    });

    function writePieces(index: number): void {
      const piece = pieces[index];
      if (piece === undefined) {
        allWritten = true;
        if (leavesAfterMs === undefined) waitForQuiet();
        else setTimeout(() => breakOff(socket), leavesAfterMs);
      } else if (!socket.destroyed && socket.writable) {
        // Each write waits for a round of the event loop, so that the pieces are segments of their own.
        socket.write(piece, 'latin1', () => setImmediate(writePieces, index + 1));
      }
    }

    function waitForQuiet(): void {
      clearTimeout(quiet);
      quiet = setTimeout(finish, chunks.length === 0 ? patienceMs : quietMs);
    }

    function finish(): void {
      if (socket.writable) socket.end();
    }
  });
}

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
  /** After so many answers the client leaves, as one that has got what it asked for. */
  readonly answersExpected?: number;
  /** The client resets the connection so long after everything has been written. */
  readonly leavesAfterMs?: number;
  /** Once nothing has come for so long after an answer, the client says that it has no more to send. */
  readonly quietMs?: number;
  /** The same, while nothing has come at all. */
  readonly patienceMs?: number;
  /** How long the other side may take to close after the client has said so, or to answer at all. */
  readonly deadlineMs?: number;
}

export interface RawOutcome extends ParsedAnswers {
  /** Every byte that came back. */
  readonly bytes: string;
  /** `hung`: the other side had everything and still neither answered nor closed within the deadline. */
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
      // What any client does after an answer that says so.
      if (last !== undefined && fieldOf(last, 'connection')?.toLowerCase() === 'close') socket.end();
      if (answersExpected !== undefined && answers.length >= answersExpected) {
        end = 'left';
        socket.end();
      }
    });
    socket.on('end', () => socket.end());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // A peer that closes with bytes of ours still unread resets the connection; what it said before has arrived.
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
        // Through the event loop, so that the pieces are segments of their own.
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

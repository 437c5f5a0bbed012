import { answerPiece, questionPiece, type WireDecoder } from './wire-message.ts';

/**
 * HTTP/1.1 as far as one needs who waits for small requests and answers, one at a time on a connection: whatever arrives
 * together is a message, and its first bytes are its head.
 */
export function decodeHttp(): WireDecoder {
  let asked = '';
  return {
    questions: (bytes) => {
      asked = bytes.toString('latin1');
      return [questionPiece(bytes, asked)];
    },
    answers: (bytes) => [answerPiece(bytes, asked)],
  };
}

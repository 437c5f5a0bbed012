import { answerPiece, questionPiece, type WireDecoder } from './wire-message.ts';

/**
 * HTTP/1.1 as far as small requests and answers need it, one at a time on a connection: the bytes that arrive together
 * are a message, which begins with its head.
 */
export function decodeHttp(): WireDecoder {
  let asked = '';
  return {
    questions: (bytes) => {
      asked = bytes.toString('latin1');
      return [questionPiece(bytes, asked)];
    },
    answers: (bytes) => [answerPiece(bytes, asked)],
    clientName: () => undefined,
  };
}

import { answerPiece, createSplitter, questionPiece, type WireDecoder, type WirePiece } from './wire-message.ts';

/**
 * The Postgres wire protocol, version 3 (PostgreSQL manual, chapter 55), without encryption and without pipelining: a
 * question is a simple query, or a statement with its parameters; its answer is everything up to ReadyForQuery.
 */
export function decodePostgres(): WireDecoder {
  let greeting: Buffer | undefined;
  let asked: string | undefined;
  let parse: Buffer | undefined;
  let answer: Buffer[] = [];
  const splitQuestions = createSplitter((rest) => {
    if (greeting !== undefined) return typedLength(rest);
    // The first message of a connection has no type.
    const length = rest.length < lengthBytes ? undefined : rest.readInt32BE(0);
    if (length !== undefined && rest.length >= length) greeting = rest.subarray(0, length);
    return length;
  });
  const splitAnswers = createSplitter(typedLength);

  return {
    questions: (bytes) => splitQuestions(bytes).flatMap(question),
    answers: (bytes) => splitAnswers(bytes).flatMap(answerPart),
    clientName: () => (greeting === undefined ? undefined : parameterOf(greeting, 'application_name')),
  };

  function question(frame: Buffer): WirePiece[] {
    switch (typeOf(frame)) {
      case 'P':
        // A statement without its parameters does not tell its subject.
        parse = frame;
        return [];
      case 'Q':
        return [ask(frame)];
      case 'B':
        return [ask(Buffer.concat([parse ?? Buffer.alloc(0), frame]))];
      default:
        return [{ bytes: frame, message: undefined }];
    }
  }

  function ask(bytes: Buffer): WirePiece {
    asked = bytes.toString('latin1');
    return questionPiece(bytes, asked);
  }

  function answerPart(frame: Buffer): WirePiece[] {
    if (asked === undefined) return [{ bytes: frame, message: undefined }];
    answer.push(frame);
    if (typeOf(frame) !== 'Z') return [];
    const piece = answerPiece(Buffer.concat(answer), asked);
    asked = undefined;
    answer = [];
    return [piece];
  }
}

const typeBytes = 1;
const lengthBytes = 4;

/** A parameter of the first message: names and values in turn, each ended by a zero byte. */
function parameterOf(greeting: Buffer, name: string): string | undefined {
  const words = greeting.toString('latin1', 2 * lengthBytes).split('\0');
  const at = words.findIndex((word, n) => n % 2 === 0 && word === name);
  return at === -1 ? undefined : words[at + 1];
}

/** A type, and a length that counts itself but not the type. */
function typedLength(rest: Buffer): number | undefined {
  return rest.length < typeBytes + lengthBytes ? undefined : typeBytes + rest.readInt32BE(typeBytes);
}

function typeOf(frame: Buffer): string {
  return frame.toString('latin1', 0, typeBytes);
}

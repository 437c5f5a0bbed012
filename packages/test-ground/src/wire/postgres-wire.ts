import { answerPiece, createSplitter, questionPiece, type WireDecoder, type WirePiece } from './wire-message.ts';

/**
 * The Postgres wire protocol, version 3 (PostgreSQL manual, chapter 55), without encryption and without pipelining: a
 * question is a simple query, or a statement with its parameters; its answer is everything up to ReadyForQuery.
 */
export function decodePostgres(): WireDecoder {
  let greeted = false;
  let asked: string | undefined;
  let parse: Buffer | undefined;
  let answer: Buffer[] = [];
  const splitQuestions = createSplitter((rest) => {
    if (greeted) return typedLength(rest);
    // The first message of a connection has no type.
    const length = rest.length < lengthBytes ? undefined : rest.readInt32BE(0);
    greeted = length !== undefined && rest.length >= length;
    return length;
  });
  const splitAnswers = createSplitter(typedLength);

  return {
    questions: (bytes) => splitQuestions(bytes).flatMap(question),
    answers: (bytes) => splitAnswers(bytes).flatMap(answerPart),
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

/** A type, and a length that counts itself but not the type. */
function typedLength(rest: Buffer): number | undefined {
  return rest.length < typeBytes + lengthBytes ? undefined : typeBytes + rest.readInt32BE(typeBytes);
}

function typeOf(frame: Buffer): string {
  return frame.toString('latin1', 0, typeBytes);
}

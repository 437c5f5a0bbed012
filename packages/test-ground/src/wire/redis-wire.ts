import { answerPiece, createSplitter, questionPiece, type WireDecoder } from './wire-message.ts';

/** RESP, versions 2 and 3 (redis.io/docs/latest/develop/reference/protocol-spec): answers come in the order of the commands. */
export function decodeRedis(): WireDecoder {
  const asked: string[] = [];
  let name: string | undefined;
  const splitQuestions = createSplitter((rest) => endOf(rest, 0));
  const splitAnswers = createSplitter((rest) => endOf(rest, 0));
  return {
    questions: (bytes) =>
      splitQuestions(bytes).map((frame) => {
        const text = commandText(frame);
        asked.push(text);
        if (text.startsWith(naming)) name = text.slice(naming.length);
        return questionPiece(frame, text);
      }),
    // A subscriber's messages answer no command.
    answers: (bytes) => splitAnswers(bytes).map((frame) => answerPiece(frame, asked.shift() ?? '')),
    clientName: () => name,
  };
}

const newline = '\r\n';
/** The client library sends it in lower case, right behind its greeting. */
const naming = 'client setname ';

/** The index behind the value that begins here; undefined when the value is incomplete. */
function endOf(bytes: Buffer, from: number): number | undefined {
  const lineEnd = bytes.indexOf(newline, from);
  if (lineEnd === -1) return undefined;
  const next = lineEnd + newline.length;
  const count = Number(bytes.toString('latin1', from + 1, lineEnd));
  switch (bytes.toString('latin1', from, from + 1)) {
    case '$':
    case '=':
    case '!':
      return count < 0 ? next : next + count + newline.length;
    case '*':
    case '~':
    case '>':
      return endOfValues(bytes, next, count);
    case '%':
      return endOfValues(bytes, next, 2 * count);
    default:
      return next;
  }
}

function endOfValues(bytes: Buffer, from: number, count: number): number | undefined {
  let end: number | undefined = from;
  for (let n = 0; n < count && end !== undefined; n += 1) end = endOf(bytes, end);
  return end;
}

/** `EVALSHA digest 1 witness:{s0}`: every second line, because the others are lengths. */
function commandText(frame: Buffer): string {
  const words = frame.toString('latin1').split(newline);
  return words.filter((_, n) => n > 0 && n % 2 === 0).join(' ');
}

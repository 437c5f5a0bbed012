/** The head of an upstream's answer, read by either transport. */
export interface AnswerHead {
  readonly status: number;
  /** Names and values alternately, a byte a character. */
  readonly fields: readonly string[];
  /** The reason phrase as far as the parser tells it. */
  readonly reasonPhrase: string;
}

/** Fields. An answer with more is refused, because some readers drop what is over a limit of theirs. */
const fieldsMax = 512;
/** RFC 9112 section 4: visible characters, blanks and obsolete text. */
const reasonPhrasePattern = /^[\t\x20-\x7e\x80-\uffff]*$/;

/** Whether a final answer can be forwarded: a known class of status, and one framing that every reader knows. */
export function isForwardable({ status, fields, reasonPhrase }: AnswerHead): boolean {
  if (status < 200 || status > 599) return false;
  return fields.length <= 2 * fieldsMax && reasonPhrasePattern.test(reasonPhrase) && isPlainlyFramed(fields);
}

/** RFC 9112 section 6.1: a coding beside `chunked` would have to be undone, and none is. */
function isPlainlyFramed(fields: readonly string[]): boolean {
  for (let index = 0; index < fields.length; index += 2) {
    if (fields[index]?.toLowerCase() !== 'transfer-encoding') continue;
    if (fields[index + 1]?.trim().toLowerCase() !== 'chunked') return false;
  }
  return true;
}

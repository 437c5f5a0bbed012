/** One answer by its bytes, parsed strictly. */
export interface RawAnswer {
  readonly status: number;
  readonly reason: string;
  /** In the order in which they came, names as they were written. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

export interface ParsedAnswers {
  readonly answers: readonly RawAnswer[];
  /** The bytes that are left: the beginning of an answer that was cut off, or bytes that are no answer. */
  readonly rest: string;
}

const statusLine = /^HTTP\/1\.1 (\d{3}) ([\t\x20-\x7e]*)$/;
const fieldLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([\t\x20-\x7e\x80-\xff]*)$/;

/**
 * Parses the bytes of a connection as answers to requests of these methods (RFC 9112 section 6.3), as a client has to.
 * Interim answers are skipped.
 * @param methods of the requests, in order; the last one counts for all that follow.
 */
export function parseAnswers(bytes: string, methods: readonly string[] = ['GET']): ParsedAnswers {
  const answers: RawAnswer[] = [];
  let rest = bytes;
  while (rest !== '') {
    const method = methods[Math.min(answers.length, methods.length - 1)] ?? 'GET';
    const parsed = parseOne(rest, method);
    if (parsed === undefined) break;
    rest = rest.slice(parsed.length);
    if (parsed.answer.status >= 200) answers.push(parsed.answer);
  }
  return { answers, rest };
}

/** The value of a field that came exactly once. */
export function fieldOf({ fields }: RawAnswer, name: string): string | undefined {
  const values = fields.filter(([given]) => given.toLowerCase() === name.toLowerCase());
  return values.length === 1 ? values[0]?.[1] : undefined;
}

interface ParsedAnswer {
  readonly answer: RawAnswer;
  readonly length: number;
}

function parseOne(bytes: string, method: string): ParsedAnswer | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [first = '', ...lines] = bytes.slice(0, headEnd).split('\r\n');
  const status = statusLine.exec(first);
  const fields = lines.map((line) => fieldLine.exec(line));
  if (status === null || fields.some((field) => field === null)) return undefined;
  const head = {
    status: Number(status[1]),
    reason: status[2] ?? '',
    fields: fields.map((field) => [field?.[1] ?? '', field?.[2] ?? ''] as const),
  };
  const body = readBody(bytes.slice(headEnd + 4), head, method);
  return body && { answer: { ...head, body: body.text }, length: headEnd + 4 + body.length };
}

interface ReadBody {
  readonly text: string;
  readonly length: number;
}

function readBody(bytes: string, head: Omit<RawAnswer, 'body'>, method: string): ReadBody | undefined {
  const bodiless = method === 'HEAD' || head.status < 200 || head.status === 204 || head.status === 304;
  if (bodiless) return { text: '', length: 0 };
  const values = (name: string) =>
    head.fields.filter(([given]) => given.toLowerCase() === name).map(([, value]) => value);
  const codings = values('transfer-encoding');
  const lengths = values('content-length');
  if (codings.length > 0) return codings.join() === 'chunked' && lengths.length === 0 ? readChunks(bytes) : undefined;
  // Without either, the body ends with the connection: only closed connections are parsed, so the body is complete.
  if (lengths.length === 0) return { text: bytes, length: bytes.length };
  const length = Number(lengths[0]);
  if (lengths.length > 1 || !/^\d+$/.test(lengths[0] ?? '') || bytes.length < length) return undefined;
  return { text: bytes.slice(0, length), length };
}

function readChunks(bytes: string): ReadBody | undefined {
  let text = '';
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    const sizeText = bytes.slice(at, lineEnd);
    if (lineEnd === -1 || !/^[0-9a-f]{1,8}$/i.test(sizeText)) return undefined;
    const size = Number.parseInt(sizeText, 16);
    const end = lineEnd + 2 + size;
    if (bytes.slice(end, end + 2) !== '\r\n') return undefined;
    if (size === 0) return { text, length: end + 2 };
    text += bytes.slice(lineEnd + 2, end);
    at = end + 2;
  }
}

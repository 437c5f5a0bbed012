import { Problem, problemCodes } from '@engagetrack/contracts';
import { fieldOf, type RawAnswer } from './parse-answers.ts';
import { answeredFor } from './raw-upstream.ts';

/** Fields that no answer may carry, neither the gateway's nor the upstream's. */
const neverFields: ReadonlySet<string> = new Set([
  'server',
  'x-powered-by',
  'set-cookie',
  'x-org-id',
  'x-internal-token',
]);

const codes: ReadonlySet<string> = new Set(problemCodes);
/** Texts that contain a scope, an instant or a field. */
const variableTexts: ReadonlyMap<string, RegExp> = new Map([
  ['missing_scope', /^\{"error":"API key missing required scope: [a-z]+:(read|write)"\}$/],
  ['rate_limited', /^\{"error":"Rate limit exceeded\. Retry after \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"\}$/],
  ['invalid_input', /^\{"error":"\P{Cc}{1,400}"\}$/u],
]);

export interface JudgedAnswer {
  readonly answer: RawAnswer;
  /** The method of the request. */
  readonly method: string;
  readonly nonce: string;
  readonly fromKeyService: boolean;
}

/** The reason why an answer is not a documented one; undefined when it is. */
export function complaintAbout({ answer, method, nonce, fromKeyService }: JudgedAnswer): string | undefined {
  const names = answer.fields.map(([name]) => name.toLowerCase());
  const never = names.find((name) => neverFields.has(name));
  if (never !== undefined) return `carries ${never}`;
  if (names.some((name, index) => names.indexOf(name) !== index)) return 'carries a field twice';
  if (!/^[A-Za-z0-9._:-]{8,128}$/.test(fieldOf(answer, 'x-request-id') ?? '')) return 'has no request id';
  const code = fieldOf(answer, 'x-error-code');
  if (code !== undefined) return complaintAboutProblem(answer, code, method);
  const servedFor = fieldOf(answer, answeredFor);
  if (servedFor === undefined)
    return fromKeyService && answer.status < 300 ? undefined : `${answer.status} is nobody’s answer`;
  return servedFor === nonce ? undefined : `is the answer to ${servedFor}`;
}

function complaintAboutProblem(answer: RawAnswer, code: string, method: string): string | undefined {
  if (!codes.has(code)) return `has the unknown code ${code}`;
  const problem = new Problem(code as never);
  if (answer.status !== problem.status) return `has the code ${code} with status ${answer.status}`;
  if (fieldOf(answer, 'content-type') !== 'application/json; charset=utf-8') return 'is not JSON';
  if (fieldOf(answer, 'cache-control') !== 'no-store') return 'could be stored';
  if ([400, 414, 431].includes(answer.status) && code !== 'invalid_input' && fieldOf(answer, 'connection') !== 'close')
    return `${answer.status} leaves the connection open`;
  if (method === 'HEAD') return undefined;
  const expected = variableTexts.get(code);
  const isExact = expected?.test(answer.body) ?? answer.body === JSON.stringify({ error: problem.message });
  return isExact ? undefined : `has another body than documented: ${answer.body.slice(0, 100)}`;
}

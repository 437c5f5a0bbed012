import type { Expectation, Finding, HostileInput } from './hostile-input.ts';
import { complaintAbout } from './judge-answer.ts';
import { complaintAboutSeen } from './judge-seen.ts';
import type { RawOutcome } from './raw-client.ts';
import type { SeenRequest } from './raw-upstream.ts';

/** The outcome of an input at the client and at the upstream. */
export interface Sides {
  readonly outcome: RawOutcome;
  readonly seen: readonly SeenRequest[];
  /** The most of its requests that the upstream had at once. */
  readonly most: number;
}

type Complaint = Pick<Finding, 'kind' | 'why'>;

/** Every difference between the outcome of an input and its expectation. */
export function* complaintsAbout(input: HostileInput, sides: Sides): Generator<Complaint> {
  yield* complaintsAboutUpstream(input, sides);
  // A client that resets the connection has no answer to judge.
  if (input.leavesAfterMs === undefined) yield* complaintsAboutAnswers(input, sides);
}

function* complaintsAboutUpstream({ expects }: HostileInput, { seen, most }: Sides): Generator<Complaint> {
  const whole = seen.filter(({ complete }) => complete);
  const [, seenMost] = expects.seen;
  for (const request of seen) {
    const complaint = complaintAboutSeen(request);
    if (complaint !== undefined) yield { kind: 'bypass', why: `the upstream saw ${complaint}` };
  }
  for (const request of whole.filter((each) => !isAsExpected(each, expects)))
    yield { kind: 'bypass', why: `the upstream saw ${request.method} ${request.target}, ${request.body.length} bytes` };
  if (whole.length > seenMost)
    yield { kind: 'bypass', why: `the upstream saw it ${whole.length} times, at most ${seenMost} expected` };
  if (most > 1) yield { kind: 'bypass', why: `${most} requests of one connection were in flight at once` };
}

function* complaintsAboutAnswers(input: HostileInput, { outcome, seen }: Sides): Generator<Complaint> {
  const { expects, nonce, methods = ['GET'] } = input;
  const { answers, end, rest, ms } = outcome;
  const statuses = answers.map(({ status }) => status);
  if (end === 'hung') yield { kind: 'hang', why: `no end after ${Math.round(ms)} ms, got ${statuses.join()}` };
  if (end === 'refused') yield { kind: 'undocumented', why: 'the connection was refused' };
  const whole = seen.filter(({ complete }) => complete).length;
  if (whole < expects.seen[0])
    yield { kind: 'undocumented', why: `the upstream saw it ${whole} times, answered ${statuses.join()}` };
  for (const [index, answer] of answers.entries()) {
    const method = methods[Math.min(index, methods.length - 1)] ?? 'GET';
    const complaint = complaintAbout({ answer, method, nonce, fromKeyService: expects.fromKeyService === true });
    const kind = answer.status < 300 ? 'bypass' : 'undocumented';
    if (complaint !== undefined) yield { kind, why: `an answer ${complaint}` };
    else if (expects.statuses?.includes(answer.status) === false) yield { kind, why: `answered ${answer.status}` };
  }
  if (expects.inOrder !== undefined && statuses.join() !== expects.inOrder.join())
    yield { kind: 'undocumented', why: `answered ${statuses.join()} where ${expects.inOrder.join()} was due` };
  if (rest !== '' && !expects.mayBeCutOff)
    yield { kind: 'undocumented', why: `left ${JSON.stringify(rest.slice(0, 80))}` };
  const mayBeSilent = expects.maySaveTheAnswer === true || expects.mayBeCutOff === true;
  if (statuses.length === 0 && end !== 'hung' && !mayBeSilent)
    yield { kind: 'undocumented', why: `no answer (${end})` };
}

function isAsExpected({ method, target, body }: SeenRequest, { request = {} }: Expectation): boolean {
  return (
    (request.method === undefined || request.method === method) &&
    (request.target === undefined || request.target === target) &&
    (request.body === undefined || request.body === body)
  );
}

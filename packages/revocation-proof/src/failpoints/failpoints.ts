import type { Failpoint, Moment } from './failpoint.ts';

const creation = asked('callers', (text) => text.startsWith('POST '));
const deletion = asked('callers', (text, subject) => text.startsWith('DELETE ') && text.includes(subject));
const sessionRead = asked('postgres', (text) => text.includes('from "sessions"'));
const memberRead = asked('postgres', (text) => text.includes('from "members"'));
const commit: Moment = {
  ...asked('postgres', (text) => text.startsWith('Q') && text.includes('commit')),
  sameConnection: true,
};

const organizationLock = asked(
  'postgres',
  (text) => text.includes('from "organizations"') && text.includes('for update'),
);
const keyCount = asked('postgres', (text) => text.includes('count(*)'));
const keyRow = aboutSubject('postgres', 'insert into "api_keys"');

const keyLock = aboutSubject('postgres', 'select "revoked_at" from "api_keys"');
const keyUpdate = aboutSubject('postgres', 'update "api_keys" set "revoked_at"');
const outboxRow = aboutSubject('postgres', 'insert into "outbox"');
const announcement = aboutSubject('redis', 'publish');
const clockRead = asked('postgres', (text) => text.includes('to_char(clock_timestamp()'));
const witnessRead = asked('redis', (text) => text.startsWith('get witness:'));
const mark = aboutSubject('redis', 'evalsha');
const ledgerRead = asked('postgres', (text) => text.includes('AS all_moved_on_before'));
const created = answerTo(creation, 'HTTP/1.1 201');
const revoked = answerTo(deletion, 'HTTP/1.1 204');

/** The messages of a creation, in this order. BEGIN is left out: it is the same for every transaction. */
const creationSteps: readonly Step[] = [
  before('before it reaches the key service', creation),
  before('before the session is read', creation, sessionRead),
  before('before the membership is read', creation, memberRead),
  before('before the organization is locked', creation, organizationLock),
  before('before the keys are counted', creation, keyCount),
  before('before INSERT reaches Postgres', keyRow),
  before('INSERT done and not heard of', answerTo(keyRow)),
  before('before COMMIT reaches Postgres', keyRow, commit),
  committed('COMMIT done and not heard of', keyRow, answerTo(commit)),
  committed('before the 201 leaves', created),
  answered('when the 201 has left', created),
];

/** The messages of a DELETE. After its commit some of them are sent at the same time. */
const deletionSteps: readonly Step[] = [
  before('before it reaches the key service', deletion),
  before('before the session is read', deletion, sessionRead),
  before('before the membership is read', deletion, memberRead),
  before('before the key is locked', keyLock),
  before('before UPDATE reaches Postgres', keyUpdate),
  before('UPDATE done and not heard of', answerTo(keyUpdate)),
  before('before the outbox row reaches Postgres', outboxRow),
  before('outbox row written and not heard of', answerTo(outboxRow)),
  before('before COMMIT reaches Postgres', outboxRow, commit),
  committed('COMMIT done and not heard of', outboxRow, answerTo(commit)),
  committed('before PUBLISH reaches Redis', announcement),
  committed('PUBLISH done and not heard of', answerTo(announcement)),
  // A DELETE whose mark Redis has answered does not wait for these two.
  startingFrom('parted_from_redis', committed("before the database's clock is read", outboxRow, commit, clockRead)),
  startingFrom(
    'parted_from_redis',
    committed("the database's clock read, not heard of", outboxRow, commit, answerTo(clockRead)),
  ),
  startingFrom('cold', committed('before the witness is read', outboxRow, witnessRead)),
  startingFrom('cold', committed('witness read and not heard of', outboxRow, answerTo(witnessRead))),
  committed('before the marker script reaches Redis', mark),
  committed('marker written and not heard of', answerTo(mark)),
  committed('before the ledger is read', mark, ledgerRead),
  committed('ledger read and not heard of', mark, answerTo(ledgerRead)),
  startingFrom('parted_from_redis', committed('slow path: before the ledger is read', outboxRow, ledgerRead)),
  startingFrom('parted_from_redis', committed('slow path: ledger read, not heard of', outboxRow, answerTo(ledgerRead))),
  committed('before the 204 leaves', revoked),
  answered('when the 204 has left', revoked),
];

export const failpoints: readonly Failpoint[] = [
  ...creationSteps.map((step) => ({ ...step, call: 'create' as const })),
  ...deletionSteps.map((step) => ({ ...step, call: 'DELETE' as const })),
];

type Step = Omit<Failpoint, 'call'>;

function before(what: string, ...moments: readonly Moment[]): Step {
  return { what, moments, lastArrives: false, leaves: 'nothing' };
}

function committed(what: string, ...moments: readonly Moment[]): Step {
  return { ...before(what, ...moments), leaves: 'effect' };
}

/** The last message still leaves the key service. */
function answered(what: string, ...moments: readonly Moment[]): Step {
  return { what, moments, lastArrives: true, leaves: 'answer' };
}

function startingFrom(start: NonNullable<Failpoint['start']>, step: Step): Step {
  return { ...step, start };
}

function asked(link: Moment['link'], is: (question: string, subject: string) => boolean): Moment {
  return { link, leg: 'question', is: ({ question }, subject) => is(question, subject) };
}

function aboutSubject(link: Moment['link'], words: string): Moment {
  return asked(link, (question, subject) => question.includes(words) && question.includes(subject));
}

function answerTo(question: Moment, beginning = ''): Moment {
  return {
    ...question,
    leg: 'answer',
    is: (message, subject) => question.is(message, subject) && message.text.startsWith(beginning),
  };
}

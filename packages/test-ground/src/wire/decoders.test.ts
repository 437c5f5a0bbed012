import { describe, expect, it } from '@jest/globals';
import { decodePostgres } from './postgres-wire.ts';
import { decodeRedis } from './redis-wire.ts';
import type { WirePiece, WireProtocol } from './wire-message.ts';

const greeting = Buffer.from('\0\0\0\x08\0\x03\0\0', 'latin1');
const query = frame('Q', 'commit\0');
const parse = frame('P', '\0insert into "outbox" values ($1)\0\0\0');
const bind = frame('B', '\0\0key_1');
const [execute, sync] = [frame('E', '\0\0\0\0\0'), frame('S', '')];
const [done, ready] = [frame('C', 'COMMIT\0'), frame('Z', 'I')];

describe('the messages of a Postgres connection', () => {
  it('are a simple query, and everything up to ReadyForQuery', () => {
    const { questions, answers } = decodePostgres();
    expect(textsOf(questions(Buffer.concat([greeting, query])))).toEqual([
      undefined,
      expect.stringContaining('commit'),
    ]);
    expect(answers(done)).toEqual([]);
    const [answer] = answers(ready);
    expect(answer).toMatchObject({ message: { leg: 'answer', question: query.toString('latin1') } });
    expect(answer?.bytes).toEqual(Buffer.concat([done, ready]));
  });

  it('hold a statement together with its parameters', () => {
    const { questions } = decodePostgres();
    questions(greeting);
    expect(questions(parse)).toEqual([]);
    const [statement, ...rest] = questions(Buffer.concat([bind, execute, sync]));
    expect(statement?.message?.text).toMatch(/insert into "outbox".*key_1/s);
    expect(textsOf(rest)).toEqual([undefined, undefined]);
  });

  it('come from the client that its greeting names', () => {
    const { questions, clientName } = decodePostgres();
    const named = Buffer.from('\0\0\0\x2d\0\x03\0\0user\0app\0application_name\0keys-renewal\0\0', 'latin1');
    named.writeInt32BE(named.length);
    questions(named.subarray(0, 20));
    expect(clientName()).toBeUndefined();
    questions(named.subarray(20));
    expect(clientName()).toBe('keys-renewal');
  });

  it('do not include messages that the server sends unasked', () => {
    const { answers } = decodePostgres();
    expect(textsOf(answers(frame('R', '\0\0\0\0')))).toEqual([undefined]);
  });

  it('are the same however the bytes are cut, and none is lost', () => {
    expectSameWhenCut(decodePostgres, 'questions', Buffer.concat([greeting, query, parse, bind, execute, sync]));
    expectSameWhenCut(decodePostgres, 'answers', Buffer.concat([frame('R', 'abcd'), done, ready]));
  });
});

describe('the messages of a Redis connection', () => {
  it('come from the client that has named itself', () => {
    const { questions, clientName } = decodeRedis();
    expect(clientName()).toBeUndefined();
    questions(Buffer.from('*3\r\n$6\r\nclient\r\n$7\r\nsetname\r\n$4\r\nkeys\r\n'));
    expect(clientName()).toBe('keys');
  });

  const mark = Buffer.from('*3\r\n$7\r\nEVALSHA\r\n$2\r\nab\r\n$5\r\nkey_1\r\n');
  const ping = Buffer.from('*1\r\n$4\r\nPING\r\n');

  it('are commands in words, and their answers in the same order', () => {
    const { questions, answers } = decodeRedis();
    expect(textsOf(questions(Buffer.concat([mark, ping])))).toEqual(['EVALSHA ab key_1', 'PING']);
    expect(answers(Buffer.from(':1\r\n+PO')).map(({ message }) => message?.question)).toEqual(['EVALSHA ab key_1']);
    expect(answers(Buffer.from('NG\r\n')).map(({ message }) => message)).toEqual([
      { leg: 'answer', question: 'PING', text: '+PONG\r\n' },
    ]);
  });

  it('are the same however the bytes are cut, and none is lost', () => {
    expectSameWhenCut(decodeRedis, 'questions', Buffer.concat([mark, ping, mark]));
    const values = ['$-1', '*2\r\n:1\r\n$2\r\nab', '%1\r\n+a\r\n*1\r\n_', '-ERR no', '=5\r\ntxt:a', '*0', '>1\r\n,1.5'];
    const bytes = Buffer.from(values.map((value) => `${value}\r\n`).join(''));
    expect(decodeRedis().answers(bytes)).toHaveLength(values.length);
    expectSameWhenCut(decodeRedis, 'answers', bytes);
  });
});

function frame(type: string, body: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + body.length);
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body, 'latin1')]);
}

function textsOf(pieces: readonly WirePiece[]) {
  return pieces.map(({ message }) => message?.text);
}

function expectSameWhenCut(protocol: WireProtocol, leg: 'questions' | 'answers', bytes: Buffer): void {
  const whole = protocol()[leg](bytes);
  const decoder = protocol();
  const cut = [...bytes].flatMap((byte) => decoder[leg](Buffer.from([byte])));
  expect(cut).toEqual(whole);
  expect(Buffer.concat(cut.map((piece) => piece.bytes))).toEqual(bytes);
}

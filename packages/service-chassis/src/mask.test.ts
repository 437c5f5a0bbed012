import { describe, expect, it } from '@jest/globals';
import { maskCredentials, maskUrlPassword } from './mask.ts';

const key = 'et_live_00112233445566778899aabbccddc5d6';
const session = `et_session_${'Ab-_'.repeat(10)}xyz`;
const keyHash = '0123456789abcdef'.repeat(4);

describe('maskCredentials', () => {
  it.each([
    ['an API key', key, 'et_live_[redacted]'],
    ['an API key in capitals', key.toUpperCase(), 'et_live_[redacted]'],
    ['a session token', session, 'et_session_[redacted]'],
    ['a hash', keyHash, '[redacted hash]'],
    ['a hash in capitals', keyHash.toUpperCase(), '[redacted hash]'],
    ['the password of a URL', 'redis://user:hunter2@host:6379/0', 'redis://user:[redacted]@host:6379/0'],
    ['the password of a URL without a user', 'redis://:hunter2@host', 'redis://:[redacted]@host'],
    ['a password with an @ in it', 'postgres://user:hunt@er2@host/db', 'postgres://user:[redacted]@host/db'],
  ])('replaces %s anywhere in a text', (_what, credential, masked) => {
    expect(maskCredentials(credential)).toBe(masked);
    expect(maskCredentials(`before ${credential}, after`)).toBe(`before ${masked}, after`);
    expect(maskCredentials(JSON.stringify({ reason: `x:\n"${credential}"` }))).toBe(
      JSON.stringify({ reason: `x:\n"${masked}"` }),
    );
  });

  it('replaces every one of several', () => {
    expect(maskCredentials(`${key} ${session} ${key}`)).toBe(
      'et_live_[redacted] et_session_[redacted] et_live_[redacted]',
    );
  });

  it.each([
    ['a masked preview', 'et_live_...c5d6'],
    ['a key id', 'key_0123456789abcdef01234567'],
    ['a trace id', '0af7651916cd43dd8448eb211c80319c'],
    ['a longer run of hexadecimal digits', 'ab'.repeat(33)],
    ['a URL without a password', 'http://127.0.0.1:8080/path?mail=a@example.test'],
    ['a URL with a user only', 'redis://user@host:6379'],
  ])('leaves %s', (_what, text) => {
    expect(maskCredentials(text)).toBe(text);
  });

  it('takes time in proportion to the length of the text', () => {
    // A slow pattern is slow in every attempt.
    for (const run of ['a', 'a-', 'f', ':', 'a:', '://', 'a://b:'])
      expect(
        Math.min(...Array.from({ length: 5 }, () => timeOf(() => maskCredentials(run.repeat(50_000))))),
      ).toBeLessThan(200);
  });
});

/** Milliseconds of computing time, which other work of the machine does not change. */
function timeOf(work: () => unknown): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

describe('maskUrlPassword', () => {
  it('masks the password alone', () => {
    expect(maskUrlPassword('postgres://user:secret@host/db')).toBe('postgres://user:********@host/db');
  });

  it.each(['http://127.0.0.1:8082', 'redis://user@host', 'no URL', ''])('leaves %j', (text) => {
    expect(maskUrlPassword(text)).toBe(text);
  });
});

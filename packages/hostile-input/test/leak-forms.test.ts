import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { formsOfKey, leaksIn } from '../src/leak-forms.ts';

const key = `et_live_${randomBytes(16).toString('hex')}`;
const hash = createHash('sha256').update(key).digest();
const forms = formsOfKey(key);
const leaks = (text: string) => leaksIn('a log', text, forms);

describe('the search for a key', () => {
  it.each<[what: string, text: string]>([
    ['as it is', key],
    ['cut off', key.slice(0, 20)],
    ['with its prefix apart', `prefix=et_live_ rest=${key.slice(8)}`],
    ['in a JSON text', JSON.stringify({ headers: { authorization: `Bearer ${key}` } })],
    ['in a URL', `/?authorization=${encodeURIComponent(`Bearer ${key}`)}`],
    ['in base64', Buffer.from(key).toString('base64')],
    ['in a Basic credential', Buffer.from(`user:${key}`).toString('base64')],
    ['behind one byte', Buffer.from(`x${key}`).toString('base64')],
    ['behind two bytes, before three', Buffer.from(`xx${key}yyy`).toString('base64url')],
    ['in hexadecimal', Buffer.from(`Bearer ${key}`).toString('hex')],
    ['in capitals', key.toUpperCase()],
    ['as a hash', hash.toString('hex')],
    ['as half of a hash', hash.toString('hex').slice(0, 32)],
    ['as a hash in base64', hash.toString('base64')],
    ['as a hash in base64url behind something', Buffer.concat([Buffer.from('hash:'), hash]).toString('base64url')],
    ['as the bytes of a hash', hash.toString('latin1')],
  ])('finds it %s', (_what, text) => {
    expect(leaks(`before ${text} after`).length).toBeGreaterThan(0);
  });

  it('finds nothing in texts that may be shown, nor in random texts', () => {
    expect(
      leaks(`et_live_...${key.slice(-4)} key_0123456789 et_live_[redacted] ${randomBytes(50_000).toString('hex')}`),
    ).toEqual([]);
  });

  it('reports the place and the form, without repeating the key', () => {
    const found = leaks(`${key} ${hash.toString('hex')}`);
    expect(found).toContain('the digits of a key in a log');
    expect(found).toContain('a hash in hexadecimal in a log');
    expect(found.join()).not.toContain(key.slice(8, 20));
  });
});

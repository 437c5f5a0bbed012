import { createHash } from 'node:crypto';

/** A secret in one form in which a careless line of code could print it. */
export interface LeakForm {
  /** The name of the form for a report, which must not repeat the secret itself. */
  readonly what: string;
  readonly text: string;
  /** A key must be nowhere; a hash is allowed in its column. */
  readonly kind: 'key' | 'hash';
}

const prefix = 'et_live_';
/**
 * Digits after the prefix, which make the first twenty characters. Two keys share so many once in ten million years.
 */
const firstDigits = 12;
const halfDigits = 16;

/** Every form in which an API key must not occur, except in the answer that creates it. */
export function formsOfKey(key: string): readonly LeakForm[] {
  const digits = key.slice(prefix.length);
  const forms = [
    ['the digits of a key', digits],
    ['the first twenty characters of a key', key.slice(0, prefix.length + firstDigits)],
    ['the first digits of a key', digits.slice(0, firstDigits)],
    ['the last half of a key', digits.slice(-halfDigits)],
    ['a key in capitals', digits.toUpperCase()],
    ['a key backwards', [...digits].reverse().join('')],
    ['a key in hexadecimal', Buffer.from(key).toString('hex')],
    ['a key in percent escapes', [...Buffer.from(digits)].map((byte) => `%${byte.toString(16)}`).join('')],
    ['a key in UTF-16', [...digits].join('\0')],
    ...inBase64(Buffer.from(key)).map((text) => ['a key in base64', text] as const),
  ] as const;
  return [
    ...forms.map(([what, text]) => ({ what, text, kind: 'key' as const })),
    ...formsOfHash(createHash('sha256').update(key).digest()),
  ];
}

function formsOfHash(hash: Buffer): readonly LeakForm[] {
  const hex = hash.toString('hex');
  const forms = [
    ['a hash in hexadecimal', hex],
    ['a hash in capitals', hex.toUpperCase()],
    ['half of a hash', hex.slice(0, 32)],
    ['the bytes of a hash', hash.toString('latin1')],
    ...inBase64(hash).map((text) => ['a hash in base64', text] as const),
  ] as const;
  return forms.map(([what, text]) => ({ what, text, kind: 'hash' as const }));
}

/**
 * The characters of the bytes in base64 that do not depend on the bytes around them: a character has bits of two bytes,
 * so there are three alignments. In both alphabets.
 */
function inBase64(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const own = text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** The place and the form of every secret found; never the secret itself. */
export function leaksIn(place: string, text: string, forms: readonly LeakForm[]): readonly string[] {
  return [...new Set(forms.filter((form) => text.includes(form.text)).map(({ what }) => `${what} in ${place}`))];
}

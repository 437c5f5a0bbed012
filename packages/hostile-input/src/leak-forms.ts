import { createHash } from 'node:crypto';

/** A secret in one form that a careless line could give it. */
export interface LeakForm {
  /** For a complaint, which must not repeat the secret itself. */
  readonly what: string;
  readonly text: string;
  /** Of a key, or of its hash: that one has a place of its own. */
  readonly kind: 'key' | 'hash';
}

const prefix = 'et_live_';
/** Of its digits: with the prefix, the first twenty characters. Two keys agree in so many once in ten million years. */
const firstDigits = 12;
const halfDigits = 16;

/** Every form in which an API key must not turn up anywhere, but for the one answer that shows it. */
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
 * What of the bytes shows in base64 whatever stands before and behind them: a character is made of bits of two bytes, so
 * there are three ways for them to fall. With both alphabets.
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

/** Where secrets were found, and in which form: never the thing itself. */
export function leaksIn(place: string, text: string, forms: readonly LeakForm[]): readonly string[] {
  return [...new Set(forms.filter((form) => text.includes(form.text)).map(({ what }) => `${what} in ${place}`))];
}

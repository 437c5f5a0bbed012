import { scopes } from '@engagetrack/contracts';
import { z } from 'zod';
import { instantSchema } from './instant-input.ts';

const nameCharactersMax = 100;

/**
 * A name that a person can read back: 1 to 100 characters, at least one of them visible, and none that acts on the text
 * around it (control characters, line and paragraph separators, bidirectional controls as in Unicode TR36 section 2.5,
 * halves of surrogate pairs).
 */
const nameSchema = z
  .string({ error: 'must be a text of 1 to 100 visible characters' })
  .transform((text) => text.trim())
  .refine(
    (text) =>
      [...text].length <= nameCharactersMax &&
      /[\p{L}\p{N}\p{P}\p{S}]/u.test(text) &&
      !/[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(text),
    { error: 'must be 1 to 100 visible characters, without control characters' },
  );

const scopesError = `must list at least one of ${scopes.join(', ')}`;
const scopesSchema = z
  .array(z.unknown(), { error: scopesError })
  .transform((values) => [...new Set(values)])
  .pipe(
    z
      .array(z.enum(scopes, { error: `must be one of ${scopes.join(', ')}` }), { error: scopesError })
      .min(1, { error: scopesError }),
  );

export const expiresAtError =
  'must be a date and time with a zone as in RFC 3339, in the future, such as 2027-01-31T12:00:00Z';
/** Unix milliseconds. A later instant needs more than four digits for its year and is refused. */
const lastInstantMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * The body of a creation. The authority decides whether the end lies in the future, because this process's clock may be
 * wrong.
 */
export const newApiKeySchema = z.strictObject({
  name: nameSchema,
  // The list has no ceiling of its own before it is folded: the reader limits the body.
  scopes: scopesSchema,
  expires_at: instantSchema(expiresAtError)
    .refine((instant) => instant.getTime() <= lastInstantMs, { error: expiresAtError })
    .nullish()
    .transform((instant) => instant ?? null),
});

import { z } from 'zod';

/** An instant as callers write one: RFC 3339 with a zone. @param error the complaint about any other text. */
export function instantSchema(error: string) {
  return (
    z.iso
      .datetime({ offset: true, error })
      // RFC 3339 section 5.6 demands seconds.
      .refine((text) => /T\d\d:\d\d:\d\d/.test(text), { error })
      .transform((text) => new Date(text))
  );
}

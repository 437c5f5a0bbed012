import { z } from 'zod';

/** A text of visible length, without blanks around it. */
export function textField(name: string, maxCharacters: number) {
  const error = `${name} must be a text of 1 to ${maxCharacters} characters`;
  return z.string({ error }).trim().min(1, { error }).max(maxCharacters, { error });
}

/** A path of the site, such as `/pricing`. */
export function pathField(name: string, maxCharacters: number) {
  const error = `${name} must be a path of at most ${maxCharacters} characters that starts with /`;
  return z.string({ error }).startsWith('/', { error }).max(maxCharacters, { error });
}

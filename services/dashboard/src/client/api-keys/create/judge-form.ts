import type { Scope } from '@engagetrack/contracts';
import { ApiError } from '../../api/api-error.ts';
import type { NewApiKey } from '../../api/requests.ts';
import { type ExpiryChoice, expiryInstant } from './expiry-choice.ts';

export interface KeyForm {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiry: ExpiryChoice;
}

/** Field names, in the order of the form. */
const fields = ['name', 'scopes', 'expires_at'] as const;
type Field = (typeof fields)[number];

/** One sentence for each field with a fault. */
export type FormFaults = Readonly<Partial<Record<Field, string>>>;

const nameCharactersMax = 100;

/**
 * Judges the form before it is sent. The key service judges again, and more strictly.
 * @returns the key to ask for, or the faults.
 */
export function judgeForm(form: KeyForm, nowMs: number): { readonly key: NewApiKey } | { readonly faults: FormFaults } {
  const name = form.name.trim();
  const expiresAt = expiryInstant(form.expiry, nowMs);
  const faults: FormFaults = {
    ...(name === '' ? { name: 'Give the key a name.' } : {}),
    ...([...name].length > nameCharactersMax ? { name: `Use at most ${nameCharactersMax} characters.` } : {}),
    ...(form.scopes.length === 0 ? { scopes: 'Choose at least one permission.' } : {}),
    ...(expiresAt === undefined ? { expires_at: 'Choose a day from today on.' } : {}),
  };
  if (expiresAt === undefined || Object.keys(faults).length > 0) return { faults };
  return { key: { name, scopes: form.scopes, expires_at: expiresAt?.toISOString() ?? null } };
}

export function firstFault(faults: FormFaults): Field | undefined {
  return fields.find((field) => faults[field] !== undefined);
}

/**
 * @returns the fault of the field with whose name the sentence of the key service's 400 begins; undefined for any other
 * failure.
 */
export function faultFromRefusal(error: unknown): FormFaults | undefined {
  if (!(error instanceof ApiError) || error.status !== 400) return undefined;
  const field = fields.find((name) => error.message.startsWith(`${name} `));
  return field === undefined ? undefined : { [field]: `${error.message.replace(`${field} m`, 'M')}.` };
}

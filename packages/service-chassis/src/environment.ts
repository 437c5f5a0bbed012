import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { maskUrlPassword } from './mask.ts';
import { StartupError } from './startup-error.ts';
import { parseAddressRange } from './trusted-proxies.ts';

/** The variables of one service: a schema for each, and the names of those that are secrets. */
export interface EnvironmentSpec<Fields extends z.ZodRawShape> {
  readonly fields: Fields;
  /** Masked by {@link printConfig}, never quoted in a complaint, and readable from a file through `<NAME>_FILE`. */
  readonly secrets: readonly (keyof Fields & string)[];
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
type LogLevel = (typeof logLevels)[number];

/** Variables in the form of `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The parsed variables of one service. */
export type Configuration<Fields extends z.ZodRawShape> = z.infer<z.ZodObject<Fields>>;

/** Field schemas; each complaint says the correct form in a sentence. */
export const environmentFields = {
  port: (defaultPort: number) =>
    decimal(0, 65_535, 'must be a port number from 0 to 65535 (0 picks a free one)').default(defaultPort),
  host: () => z.string().min(1).default('127.0.0.1'),
  wholeNumber: ({ min, max, unit }: { readonly min: number; readonly max: number; readonly unit: string }) =>
    decimal(min, max, `must be a whole number of ${unit} from ${min} to ${max}`),
  url: (protocols: readonly string[], example: string) =>
    z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
      error: `must be a URL such as ${example}`,
    }),
  addressRanges: () =>
    list((text) => parseAddressRange(text) !== undefined, {
      error: 'must be addresses or CIDR ranges with commas between them, such as 10.1.0.0/16, 192.0.2.7, 2001:db8::/32',
    }).default([]),
  /** Entries with commas between them, each of which the pattern must fit. */
  listOf: (pattern: RegExp, error: string) => list((text) => pattern.test(text), { error }).default([]),
  secret: (minLength: number) =>
    z.string().min(minLength, {
      error: `must be at least ${minLength} characters; for example the output of: openssl rand -hex 32`,
    }),
  logLevel: (level: LogLevel = 'info') =>
    z.enum(logLevels, { error: `must be one of ${logLevels.join(', ')}` }).default(level),
};

/**
 * Reads a service's variables. An empty value counts as unset.
 * @throws StartupError that names every faulty variable at once, one a line.
 */
export function readEnvironment<Fields extends z.ZodRawShape>(
  spec: EnvironmentSpec<Fields>,
  environment: Environment,
): Configuration<Fields> {
  const faults: string[] = [];
  const values: Record<string, string> = {};
  for (const name of Object.keys(spec.fields)) {
    const value = spec.secrets.includes(name) ? readSecret(name, environment, faults) : environment[name];
    if (value !== undefined && value !== '') values[name] = value;
  }
  const parsed = z.object(spec.fields).safeParse(values);
  if (parsed.success && faults.length === 0) return parsed.data;
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0]);
    const given = values[name];
    // A secret whose file cannot be read is not reported as missing too.
    if (
      given === undefined &&
      faults.some((fault) => fault.startsWith(`${name}:`) || fault.startsWith(`${name}_FILE:`))
    )
      continue;
    faults.push(`${name}: ${describe(issue.message, given, spec.secrets.includes(name))}`);
  }
  throw new StartupError(faults.join('\n'));
}

/** The configuration as `NAME=value` lines for `--print-config`: secrets and passwords in URLs are masked. */
export function printConfig<Fields extends z.ZodRawShape>(
  spec: EnvironmentSpec<Fields>,
  config: Readonly<Record<string, unknown>>,
): string {
  return Object.keys(spec.fields)
    .map((name) => {
      const value = config[name];
      if (value === undefined) return `${name}= (unset)`;
      return `${name}=${spec.secrets.includes(name) ? maskSecret(String(value)) : maskUrlPassword(String(value))}`;
    })
    .join('\n');
}

/** Digits only: a bare `Number` would take a blank for 0 and `0x50` for 80. */
function decimal(min: number, max: number, error: string) {
  return z
    .string()
    .trim()
    .regex(/^\d{1,15}$/, { error })
    .transform(Number)
    .pipe(z.number().min(min, { error }).max(max, { error }));
}

/** At least one entry, with commas between them. */
function list(isEntry: (text: string) => boolean, { error }: { readonly error: string }) {
  return z
    .string()
    .transform((text): readonly string[] => text.split(',').map((entry) => entry.trim()))
    .refine((entries) => entries.every(isEntry), { error });
}

function readSecret(name: string, environment: Environment, faults: string[]): string | undefined {
  const file = environment[`${name}_FILE`];
  if (file === undefined || file === '') return environment[name];
  if (environment[name]) {
    faults.push(`${name}: set either ${name} or ${name}_FILE, not both`);
    return undefined;
  }
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    faults.push(`${name}_FILE: cannot read the file ${file}; it must exist and be readable by this process`);
    return undefined;
  }
}

function describe(message: string, given: string | undefined, secret: boolean): string {
  if (given === undefined) return 'is required but not set';
  return secret ? message : `${message}, but is "${maskUrlPassword(given)}"`;
}

function maskSecret(value: string): string {
  const masked = maskUrlPassword(value);
  return masked === value ? '********' : masked;
}

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { environmentFields, printConfig, readEnvironment } from './environment.ts';
import { StartupError } from './startup-error.ts';

const { addressRanges, host, listOf, logLevel, port, secret, url, wholeNumber } = environmentFields;

const spec = {
  fields: {
    HOST: host(),
    API_PORT: port(8080),
    LOG_LEVEL: logLevel(),
    UPSTREAM_URL: url(['http:', 'https:'], 'http://127.0.0.1:8082'),
    UPSTREAM_TIMEOUT_MS: wholeNumber({ min: 1, max: 600_000, unit: 'milliseconds' }).optional(),
    TOKEN: secret(32),
    DATABASE_URL: url(['postgres:'], 'postgres://user:password@host/database').optional(),
  },
  secrets: ['TOKEN', 'DATABASE_URL'],
} as const;

const token = '0123456789abcdef0123456789abcdef';
const good = { UPSTREAM_URL: 'http://127.0.0.1:8082', TOKEN: token };

/** The complaint, or the empty text when there is none. */
function complaintAbout(environment: Readonly<Record<string, string | undefined>>): string {
  try {
    readEnvironment(spec, environment);
    return '';
  } catch (error) {
    if (error instanceof StartupError) return error.message;
    throw error;
  }
}

describe('lists', () => {
  const lists = {
    fields: { PROXIES: addressRanges(), NAMES: listOf(/^[a-z]+$/, 'must be words with commas between them') },
    secrets: [],
  };

  it('have entries with commas and blanks between them, and none by default', () => {
    expect(readEnvironment(lists, {})).toEqual({ PROXIES: [], NAMES: [] });
    const config = readEnvironment(lists, { PROXIES: ' 10.0.0.0/8,2001:db8::1 ', NAMES: 'a, b' });
    expect(config).toEqual({ PROXIES: ['10.0.0.0/8', '2001:db8::1'], NAMES: ['a', 'b'] });
    expect(printConfig(lists, config)).toBe('PROXIES=10.0.0.0/8,2001:db8::1\nNAMES=a,b');
  });

  it.each(['10.0.0.0/33', '10.0.0.0/8,', '10.0.0.0/8 192.0.2.7', 'loopback'])('refuse %s in one sentence', (text) => {
    expect(() => readEnvironment(lists, { PROXIES: text })).toThrow(
      new StartupError(
        'PROXIES: must be addresses or CIDR ranges with commas between them, ' +
          `such as 10.1.0.0/16, 192.0.2.7, 2001:db8::/32, but is "${text}"`,
      ),
    );
  });
});

describe('readEnvironment', () => {
  it('gives typed values and defaults, and undefined for an unset optional variable', () => {
    expect(readEnvironment(spec, { ...good, API_PORT: '9000', UPSTREAM_TIMEOUT_MS: '2500' })).toEqual({
      ...good,
      HOST: '127.0.0.1',
      API_PORT: 9000,
      LOG_LEVEL: 'info',
      UPSTREAM_TIMEOUT_MS: 2500,
    });
  });

  it('takes an empty value for an unset one', () => {
    expect(readEnvironment(spec, { ...good, API_PORT: '', UPSTREAM_TIMEOUT_MS: '', LOG_LEVEL: '' })).toEqual(
      readEnvironment(spec, good),
    );
    expect(complaintAbout({ ...good, TOKEN: '' })).toBe('TOKEN: is required but not set');
  });

  it('names every fault at once, one a line, each with the correct form', () => {
    const complaint = complaintAbout({ API_PORT: '80801', LOG_LEVEL: 'loud', UPSTREAM_URL: 'ftp://host' });
    expect(complaint.split('\n')).toEqual([
      'API_PORT: must be a port number from 0 to 65535 (0 picks a free one), but is "80801"',
      'LOG_LEVEL: must be one of fatal, error, warn, info, debug, trace, silent, but is "loud"',
      'UPSTREAM_URL: must be a URL such as http://127.0.0.1:8082, but is "ftp://host"',
      'TOKEN: is required but not set',
    ]);
  });

  it.each(['0', '1', '65535', ' 8080 '])('takes %j for a port', (text) => {
    expect(readEnvironment(spec, { ...good, API_PORT: text }).API_PORT).toBe(Number(text));
  });

  it.each(['65536', '-1', '80.5', '0x50', '1e3', 'http', ' ', '٨٠', '99999999999999999999'])(
    'refuses %j for a port',
    (text) => {
      expect(complaintAbout({ ...good, API_PORT: text })).toBe(
        `API_PORT: must be a port number from 0 to 65535 (0 picks a free one), but is "${text}"`,
      );
    },
  );

  it.each(['0', '600001', '1.5'])('refuses %j outside the bounds of a number, and names them', (text) => {
    expect(complaintAbout({ ...good, UPSTREAM_TIMEOUT_MS: text })).toBe(
      `UPSTREAM_TIMEOUT_MS: must be a whole number of milliseconds from 1 to 600000, but is "${text}"`,
    );
  });

  it('never quotes a secret, nor the password in an invalid URL', () => {
    const complaint = complaintAbout({
      TOKEN: 'too-short-secret',
      DATABASE_URL: 'mysql://user:hunter2@host/db',
      UPSTREAM_URL: 'ftp://user:swordfish@host/',
    });
    expect(complaint.split('\n')).toHaveLength(3);
    expect(complaint).toContain('TOKEN: must be at least 32 characters');
    for (const password of ['too-short-secret', 'hunter2', 'swordfish']) expect(complaint).not.toContain(password);
  });
});

describe('a secret in a file', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const fileWith = (content: string): string => {
    const file = join(folder, 'secret');
    writeFileSync(file, content);
    chmodSync(file, 0o600);
    return file;
  };

  it('is read through NAME_FILE, without the line feed that editors add', () => {
    const { TOKEN: _unset, ...rest } = good;
    expect(readEnvironment(spec, { ...rest, TOKEN_FILE: fileWith(`${token}\n`) }).TOKEN).toBe(token);
  });

  it('may not stand beside the variable itself', () => {
    expect(complaintAbout({ ...good, TOKEN_FILE: fileWith(token) })).toBe(
      'TOKEN: set either TOKEN or TOKEN_FILE, not both',
    );
  });

  it('is complained about once when the file cannot be read', () => {
    const missing = join(folder, 'missing');
    expect(complaintAbout({ UPSTREAM_URL: good.UPSTREAM_URL, TOKEN_FILE: missing })).toBe(
      `TOKEN_FILE: cannot read the file ${missing}; it must exist and be readable by this process`,
    );
  });

  it('is judged as the variable is, and not quoted', () => {
    const complaint = complaintAbout({ UPSTREAM_URL: good.UPSTREAM_URL, TOKEN_FILE: fileWith('short-secret') });
    expect(complaint).toMatch(/^TOKEN: must be at least 32 characters/);
    expect(complaint).not.toContain('short-secret');
    expect(complaintAbout({ UPSTREAM_URL: good.UPSTREAM_URL, TOKEN_FILE: fileWith('\n') })).toBe(
      'TOKEN: is required but not set',
    );
  });

  it('is not read for a variable that is no secret', () => {
    expect(readEnvironment(spec, { ...good, HOST_FILE: fileWith('0.0.0.0') }).HOST).toBe('127.0.0.1');
  });

  it('hides no fault of another variable whose name begins alike', () => {
    const alike = { fields: { TOKEN: secret(32), TOKEN_OLD: secret(32) }, secrets: ['TOKEN', 'TOKEN_OLD'] } as const;
    const read = () => readEnvironment(alike, { TOKEN_OLD: token, TOKEN_OLD_FILE: fileWith(token) });
    expect(read).toThrow('TOKEN_OLD: set either TOKEN_OLD or TOKEN_OLD_FILE, not both\nTOKEN: is required but not set');
  });
});

describe('printConfig', () => {
  it('shows every variable and masks secrets and the passwords of URLs', () => {
    const config = {
      ...readEnvironment(spec, good),
      UPSTREAM_URL: 'http://user:swordfish@127.0.0.1:8082/',
      DATABASE_URL: 'postgres://user:hunter2@host/database',
    };
    expect(printConfig(spec, config).split('\n')).toEqual([
      'HOST=127.0.0.1',
      'API_PORT=8080',
      'LOG_LEVEL=info',
      'UPSTREAM_URL=http://user:********@127.0.0.1:8082/',
      'UPSTREAM_TIMEOUT_MS= (unset)',
      'TOKEN=********',
      'DATABASE_URL=postgres://user:********@host/database',
    ]);
  });
});

import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const workspace = fileURLToPath(new URL('../../../../', import.meta.url));
const rules = readFileSync(join(workspace, '.gitleaks.toml'), 'utf8');
const patternsBehind = (name: string) =>
  [...rules.matchAll(new RegExp(`^${name} = \\[?(.*?)\\]?$`, 'gm'))].flatMap(([, list = '']) =>
    [...list.matchAll(/'''(.+?)'''/g)].map(([, text = '']) => text),
  );
const secretPatterns = patternsBehind('regex').map((text) => new RegExp(text, 'g'));
const allowed = patternsBehind('regexes').map((text) => new RegExp(text));
/** Generated or downloaded files, which are never committed. */
const ignored = new Set(['node_modules', 'dist', '.cache', 'data', '.git']);
const bytesMax = 2 ** 20;

/** The secrets that a scanner finds below a folder, as `file: secret`. */
function scan(folder: string): readonly string[] {
  return filesBelow(folder).flatMap((file) => {
    const text = readFileSync(file, 'latin1');
    const secrets = secretPatterns.flatMap((pattern) => text.match(pattern) ?? []);
    return secrets.filter((secret) => !allowed.some((each) => each.test(secret))).map((secret) => `${file}: ${secret}`);
  });
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ignored.has(entry.name) ? [] : filesBelow(path);
    return entry.isFile() && statSync(path).size < bytesMax ? [path] : [];
  });
}

describe('G: the rule for secret scanners', () => {
  it('G13 finds every committed key and session token, at any place of a file', async () => {
    const key = () => `et_live_${randomBytes(16).toString('hex')}`;
    const session = () => `et_session_${randomBytes(32).toString('base64url')}`;
    const planted: Readonly<Record<string, (secret: string) => string>> = {
      '.env': (secret) => `ENGAGETRACK_KEY=${secret}\n`,
      'config/app.json': (secret) => JSON.stringify({ apiKey: secret }),
      'deploy/values.yaml': (secret) => `key: "${secret}" # the warehouse\n`,
      'src/client.py': (secret) => `KEY='${secret}'\n`,
      'src/client.ts': (secret) => `const headers = { Authorization: \`Bearer ${secret}\` };\n`,
      'README.md': (secret) => `curl -H "Authorization: Bearer ${secret}" https://api.engagetrack.net\n`,
      'notes.txt': (secret) => `https://a.test/?key=${secret}&x=1 (${secret})`,
      'log.jsonl': (secret) => `{"msg":"asked with ${secret}"}\n`,
    };
    const folder = await mkdtemp(join(tmpdir(), 'engagetrack-secrets-'));
    try {
      const secrets: string[] = [];
      for (const [file, textOf] of Object.entries(planted))
        for (const [kind, secret] of [
          ['key', key()],
          ['session', session()],
        ] as const) {
          secrets.push(secret);
          await mkdir(dirname(join(folder, kind, file)), { recursive: true });
          await writeFile(join(folder, kind, file), textOf(secret));
        }
      // It finds none in texts that may be shown: a preview, a mask, an id, a token of another product.
      await writeFile(
        join(folder, 'harmless.txt'),
        `et_live_...c5d6 et_live_[redacted] key_${randomBytes(12).toString('hex')} et_live_<32 digits> sk_live_${randomBytes(16).toString('hex')}`,
      );
      const found = scan(folder).map((each) => each.split(': ')[1]);
      expect(new Set(found)).toEqual(new Set(secrets));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('G13 finds none in this repository', () => {
    expect(secretPatterns).toHaveLength(2);
    expect(scan(workspace)).toEqual([]);
  });
});

import { globSync, readFileSync } from 'node:fs';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { checkImports } from './check-imports.ts';

const workspace = fileURLToPath(new URL('../../../', import.meta.url));

describe('the import rules', () => {
  it('hold in every source file', () => {
    const paths = globSync(['packages/*/src/**/*.{ts,tsx}', 'services/*/src/**/*.{ts,tsx}'], { cwd: workspace });
    const files = paths.map((path) => ({
      path: path.split(sep).join('/'),
      text: readFileSync(`${workspace}${path}`, 'utf8'),
    }));
    for (const known of [
      'packages/contracts/src/problems.ts',
      'services/gateway/src/forward/forward.ts',
      'services/keys/src/app.ts',
    ])
      expect(files.map(({ path }) => path)).toContain(known);
    expect(checkImports(files)).toEqual([]);
  });
});

/** A file that breaks a rule, its text, and the expected complaint. */
const planted: readonly (readonly [path: string, text: string, complaint: string])[] = [
  [
    'packages/contracts/src/a.ts',
    "import { createGateway } from '@engagetrack/gateway';",
    'packages never import services',
  ],
  ['packages/test-ground/src/a.ts', "export * from '@engagetrack/keys';", 'packages never import services'],
  ['packages/test-ground/src/a.ts', "import '../../../services/keys/src/main.ts';", 'packages never import services'],
  ['services/gateway/src/a.ts', "import type { Plan } from '@engagetrack/keys';", 'services never import each other'],
  [
    'services/gateway/src/a.ts',
    "const a = await import('@engagetrack/dashboard');",
    'services never import each other',
  ],
  [
    'services/keys/src/a.test.ts',
    "import { a } from '../../gateway/src/index.ts';",
    'services never import each other',
  ],
  [
    'services/gateway/src/keys/a.ts',
    "import type { Admit } from '../admission/admit.ts';",
    'keys imports no admission',
  ],
  ['services/keys/src/a.ts', "import { a } from '@engagetrack/all-in-one';", 'services never import each other'],
  [
    'services/keys/src/a.ts',
    "import { a } from '../../../packages/contracts/src/ids.ts';",
    'another folder is imported by its name',
  ],
  ['packages/api-key/src/a.ts', "import { Problem } from '@engagetrack/contracts';", 'api-key imports nothing of ours'],
  ['packages/contracts/src/a.ts', 'import { a } from "@engagetrack/api-key";', 'contracts imports nothing of ours'],
  [
    'packages/service-chassis/src/a.ts',
    "import { a } from '@engagetrack/admission-store';",
    'service-chassis imports at most api-key and contracts',
  ],
  [
    'packages/admission-store/src/a.ts',
    "import { a } from '@engagetrack/service-chassis';",
    'admission-store imports at most api-key and contracts',
  ],
  [
    'services/gateway/src/front-door/entrance.ts',
    "import { createProxyMiddleware } from 'http-proxy-middleware';",
    'http-proxy-middleware has a home',
  ],
  ['services/gateway/src/forward/forward.ts', "import { Pool } from 'undici';", 'undici has a home'],
  ['services/dashboard/src/server/a.ts', "import a from 'http-proxy-middleware';", 'http-proxy-middleware has a home'],
  ['services/keys/src/app.ts', "import { sql } from 'kysely';", 'kysely has a home'],
  ['services/keys/src/app.ts', "import { Migrator } from 'kysely/migration';", 'kysely has a home'],
  ['services/gateway/src/a.ts', "import pg from 'pg';", 'pg has a home'],
  ['services/all-in-one/src/a.ts', "import { PGlite } from '@electric-sql/pglite';", '@electric-sql/pglite has a home'],
  ['services/gateway/src/keys/revocation-feed.ts', "import { Redis } from 'ioredis';", 'ioredis has a home'],
  ['packages/service-chassis/src/listen.ts', "import type { Redis } from 'ioredis';", 'ioredis has a home'],
  [
    'services/gateway/src/authenticate.ts',
    "import { RateLimiterMemory } from 'rate-limiter-flexible';",
    'rate-limiter-flexible has a home',
  ],
  [
    'services/gateway/src/front-door/entrance.ts',
    'const level = process.env.LOG_LEVEL;',
    'only main.ts, commands and environment files read process.env',
  ],
  [
    'services/all-in-one/src/a.ts',
    'const { env } = { env: process . env };',
    'only main.ts, commands and environment files',
  ],
  ['services/gateway/src/front-door/entrance.ts', 'const nowMs = Date.now();', 'nothing reads the clock below main.ts'],
  ['services/gateway/src/front-door/entrance.ts', 'const now = Date.now;', 'nothing reads the clock'],
  ['packages/admission-store/src/a.ts', 'const a = performance.now();', 'nothing reads the clock'],
  ['services/keys/src/a.ts', 'const a = new Date().toISOString();', 'nothing reads the clock'],
  ['services/keys/src/a.ts', 'const a = new Date;', 'nothing reads the clock'],
  ['services/keys/src/a.ts', `const a = \`at \${Date.now()}\`;`, 'nothing reads the clock'],
];

/** The nearest texts that break no rule. */
const allowed: readonly (readonly [path: string, text: string])[] = [
  ['services/all-in-one/src/main.ts', "import { createGateway } from '@engagetrack/gateway';"],
  ['services/keys/src/a.ts', "import { b } from './b.ts'; import { c } from '../test/c.ts';"],
  ['packages/service-chassis/src/a.ts', "import { Problem } from '@engagetrack/contracts';"],
  ['packages/api-key/src/a.ts', "import { hash } from 'node:crypto'; import { z } from 'zod';"],
  [
    'services/gateway/src/forward/middleware-transport.ts',
    "import { createProxyMiddleware } from 'http-proxy-middleware';",
  ],
  ['services/gateway/src/forward/undici-transport.ts', "import { Client } from 'undici';"],
  ['services/keys/src/api-key-store.ts', "import { sql } from 'kysely';"],
  ['services/keys/src/db/migrations/0002.ts', "import { sql } from 'kysely';"],
  ['services/gateway/src/a.ts', "import parse from 'pg-connection-string-of-someone-else';"],
  ['packages/service-chassis/src/redis.ts', "import { Redis } from 'ioredis';"],
  ['services/keys/src/log-in-limit.ts', "import { RateLimiterMemory } from 'rate-limiter-flexible';"],
  ['services/gateway/src/main.ts', 'const config = read(process.env); const nowMs = Date.now();'],
  ['services/keys/src/commands/migrate.ts', 'const config = read(process.env);'],
  [
    'services/gateway/src/front-door/entrance.ts',
    "// Date.now() is not read here, and import '@engagetrack/keys' neither\n/* process.env */",
  ],
  [
    'services/gateway/src/front-door/entrance.ts',
    "const said = 'process.env and Date.now()'; const at = 'http://a'; // new Date()",
  ],
  [
    'services/gateway/src/front-door/entrance.ts',
    'const at = new Date(nowMs); const parsed = Date.parse(text); const now = parts.now();',
  ],
  ['services/gateway/src/app.test.ts', 'const startedAt = performance.now();'],
];

describe('the checker of the import rules', () => {
  it.each(planted)('finds in %s: %s', (path, text, complaint) => {
    const [found, ...more] = checkImports([{ path, text: `\n\n${text}\n` }]).filter((breach) =>
      breach.startsWith(complaint),
    );
    expect(found).toContain(`${path}:3 (`);
    expect(more).toEqual([]);
  });

  it.each(allowed)('lets pass in %s: %s', (path, text) => {
    expect(checkImports([{ path, text }])).toEqual([]);
  });

  it('names every breach of every file', () => {
    const text = "import pg from 'pg';\nimport {\n  a,\n} from '@engagetrack/keys';\nconst now = Date.now();\n";
    expect(
      checkImports([
        { path: 'services/gateway/src/a.ts', text },
        { path: 'services/gateway/src/b.ts', text: '' },
      ]),
    ).toEqual([
      'pg has a home of its own: services/gateway/src/a.ts:1 (pg)',
      'services never import each other (only all-in-one does): services/gateway/src/a.ts:4 (@engagetrack/keys)',
      'nothing reads the clock below main.ts: services/gateway/src/a.ts:5 (Date.now)',
    ]);
  });
});

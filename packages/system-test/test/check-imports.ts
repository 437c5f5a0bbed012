import { posix } from 'node:path';

/** A source file: its path from the workspace's root, with forward slashes, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

interface Import {
  /** The specifier as the source has it. */
  readonly specifier: string;
  readonly line: number;
}

/** The folder that a file belongs to: `packages/contracts`, `services/gateway`. */
interface Owner {
  readonly kind: 'package' | 'service';
  readonly name: string;
}

/** The rule that a file or an import breaks, in words; undefined when it breaks none. */
type Judge = (file: SourceFile, specifier: string) => string | undefined;

/** Wiring: it imports the services, and nothing imports it. */
const wiring = 'all-in-one';
/** Test equipment: it opens real stores and processes, and only tests and commands import it. */
const equipment = /^packages\/(?:test-ground|hostile-input|revocation-proof)\//;
/** Runs in a browser, where no caller passes a clock. */
const browserCode = 'services/dashboard/src/client/';
const scope = '@engagetrack/';

/** Packages that all others may import, and the workspace packages that they may import themselves. */
const foundations: ReadonlyMap<string, readonly string[]> = new Map([
  ['api-key', []],
  ['contracts', []],
  ['service-chassis', ['api-key', 'contracts']],
  ['admission-store', ['api-key', 'contracts']],
]);

const database = /(?:-store\.ts|\/main\.ts)$|\/(?:db|commands)\//;

/** The only place of each dependency that decides, stores or forwards. */
const homes: readonly { readonly dependency: string; readonly isHome: (path: string) => boolean }[] = [
  {
    dependency: 'http-proxy-middleware',
    isHome: (path) =>
      path === 'services/gateway/src/forward/middleware-transport.ts' ||
      path === 'services/dashboard/src/server/forward.ts',
  },
  { dependency: 'undici', isHome: (path) => path === 'services/gateway/src/forward/undici-transport.ts' },
  ...['kysely', 'pg', '@electric-sql/pglite'].map((dependency) => ({
    dependency,
    isHome: (path: string) => database.test(path) || equipment.test(path),
  })),
  {
    dependency: 'ioredis',
    isHome: (path) =>
      path === 'packages/service-chassis/src/redis.ts' ||
      path.startsWith('packages/admission-store/') ||
      equipment.test(path),
  },
  {
    dependency: 'rate-limiter-flexible',
    isHome: (path) => /limit/.test(posix.basename(path)) || path === 'packages/admission-store/src/memory-stores.ts',
  },
];

/** The folders of the gateway, from the socket down: each may import those behind it. */
const gatewayFolders: readonly string[] = [
  'front-door',
  'forward',
  'admission',
  'usage',
  'keys',
  'telemetry',
  'routes',
];

const importRules: readonly Judge[] = [
  ({ path }, specifier) => {
    const [from, to] = [ownerOf(path), targetOf(path, specifier)];
    if (from === undefined || to === undefined || from.name === to.name || to.kind !== 'service') return undefined;
    if (from.kind === 'package') return 'packages never import services';
    return from.name === wiring ? undefined : `services never import each other (only ${wiring} does)`;
  },
  ({ path }, specifier) => {
    const [from, to] = [ownerOf(path), targetOf(path, specifier)];
    const allowed = foundations.get(from?.kind === 'package' ? from.name : '');
    if (allowed === undefined || to === undefined || from?.name === to.name || allowed.includes(to.name))
      return undefined;
    return `${from?.name} imports ${allowed.length === 0 ? 'nothing of ours' : `at most ${allowed.join(' and ')}`}`;
  },
  ({ path }, specifier) => {
    const to = specifier.startsWith('.') ? targetOf(path, specifier) : undefined;
    return to !== undefined && to.name !== ownerOf(path)?.name ? 'another folder is imported by its name' : undefined;
  },
  ({ path }, specifier) => {
    if (!specifier.startsWith('.')) return undefined;
    const [from, to] = [gatewayFolderOf(path), gatewayFolderOf(posix.join(posix.dirname(path), specifier))];
    return from === -1 || to === -1 || from <= to
      ? undefined
      : `${gatewayFolders[from]} imports no ${gatewayFolders[to]}`;
  },
  ({ path }, specifier) => {
    const home = homes.find(({ dependency }) => specifier === dependency || specifier.startsWith(`${dependency}/`));
    return home === undefined || home.isHome(path) ? undefined : `${home.dependency} has a home of its own`;
  },
];

/** The place of a source file among the gateway's folders; -1 for other files, tests and what stands beside them. */
function gatewayFolderOf(path: string): number {
  const [, folder = ''] = /^services\/gateway\/src\/([^/]+)\//.exec(path) ?? [];
  return /\.test\.ts$/.test(path) ? -1 : gatewayFolders.indexOf(folder);
}

const environmentPattern = /\bprocess\s*\.\s*env\b/g;
const clockPattern =
  /\bDate\s*\.\s*now\b|\bperformance\s*\.\s*now\b|\bprocess\s*\.\s*hrtime\b|\bnew Date(?:\(\s*\)|(?!\s*\())/g;

/** Every breach of the import rules, as `rule: file:line (what)`. */
export function checkImports(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap((file) => {
    const { path, text } = file;
    const code = withoutComments(text);
    const breaches = importsOf(code).flatMap(({ specifier, line }) =>
      importRules.flatMap((judge) => {
        const rule = judge(file, specifier);
        return rule === undefined ? [] : [`${rule}: ${path}:${line} (${specifier})`];
      }),
    );
    const found = (rule: string, pattern: RegExp) =>
      [...withoutStrings(code).matchAll(pattern)].map(
        (match) => `${rule}: ${path}:${lineAt(code, match.index)} (${match[0]})`,
      );
    if (!readsEnvironment(path))
      breaches.push(...found('only main.ts, commands and environment files read process.env', environmentPattern));
    if (!readsClock(path)) breaches.push(...found('nothing reads the clock below main.ts', clockPattern));
    return breaches;
  });
}

function opensTheOutside(path: string): boolean {
  const isTest = /\.test\.tsx?$/.test(path);
  return isTest || equipment.test(path) || path.startsWith(browserCode) || /\/main\.ts$|\/commands\//.test(path);
}

function readsEnvironment(path: string): boolean {
  return opensTheOutside(path) || /environment\.ts$/.test(path);
}

function readsClock(path: string): boolean {
  return opensTheOutside(path) || path.startsWith(`services/${wiring}/`);
}

function ownerOf(path: string): Owner | undefined {
  const [, folder, name] = /^(packages|services)\/([^/]+)\//.exec(path) ?? [];
  if (folder === undefined || name === undefined) return undefined;
  return { kind: folder === 'packages' ? 'package' : 'service', name };
}

const services: ReadonlySet<string> = new Set(['gateway', 'keys', 'dashboard', 'example-upstream', wiring]);

/** The folder that is imported, by name or by a relative path; undefined for an import from outside the workspace. */
function targetOf(path: string, specifier: string): Owner | undefined {
  if (specifier.startsWith('.')) return ownerOf(posix.join(posix.dirname(path), specifier));
  if (!specifier.startsWith(scope)) return undefined;
  const [name = ''] = specifier.slice(scope.length).split('/');
  return { kind: services.has(name) ? 'service' : 'package', name };
}

/** `import … from`, `export … from`, `import '…'` and `import('…')`, of types too. */
function importsOf(code: string): readonly Import[] {
  const pattern = /\bfrom\s*(['"])([^'"\n]+)\1|\bimport\s*\(?\s*(['"])([^'"\n]+)\3/g;
  return [...code.matchAll(pattern)].map((match) => ({
    specifier: match[2] ?? match[4] ?? '',
    line: lineAt(code, match.index),
  }));
}

const stringOrComment = /('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

/** The text with blanks in place of comments, so that every line keeps its number. */
function withoutComments(text: string): string {
  return text.replace(stringOrComment, (whole, string: string | undefined) => string ?? blank(whole));
}

/** Code within a template stays, because it is run. */
function withoutStrings(code: string): string {
  return code.replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, blank);
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

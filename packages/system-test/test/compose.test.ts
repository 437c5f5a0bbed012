import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

interface ComposeService {
  readonly build?: { readonly args: { readonly SERVICE: string } };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly networks: readonly string[];
  readonly healthcheck?: object;
  readonly profiles?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

const root = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const compose: { readonly services: Readonly<Record<string, ComposeService>> } = parse(read('docker-compose.yml'), {
  merge: true,
});
const services = Object.entries(compose.services);

describe('docker-compose.yml', () => {
  it('is the whole topology, and publishes the gateway and the dashboard alone', () => {
    expect(Object.keys(compose.services).sort()).toEqual(
      ['dashboard', 'demo', 'example-upstream', 'gateway', 'keys', 'migrate', 'postgres', 'redis'].sort(),
    );
    expect(services.filter(([, { ports }]) => ports !== undefined).map(([name]) => name)).toEqual([
      'gateway',
      'dashboard',
    ]);
    expect(services.filter(([, { networks }]) => networks.includes('public')).map(([name]) => name)).toEqual([
      'gateway',
      'dashboard',
    ]);
  });

  it('waits for health, and for the migrations to be done', () => {
    for (const [name, { depends_on: dependencies = {} }] of services)
      for (const [dependency, { condition }] of Object.entries(dependencies)) {
        const isOneShot = dependency === 'migrate';
        expect([name, dependency, condition]).toEqual([
          name,
          dependency,
          isOneShot ? 'service_completed_successfully' : 'service_healthy',
        ]);
        if (!isOneShot) expect(compose.services[dependency]?.healthcheck).toBeDefined();
      }
  });

  it('builds services that exist, and starts files that the build makes', () => {
    for (const [, { build, command }] of services) {
      if (build === undefined) continue;
      const source = (command?.at(-1) ?? 'dist/main.js').replace(/^dist/, 'src').replace(/\.js$/, '.ts');
      expect([build.args.SERVICE, existsSync(new URL(`services/${build.args.SERVICE}/${source}`, root))]).toEqual([
        build.args.SERVICE,
        true,
      ]);
    }
  });

  it('asks for no variable that .env.example does not explain', () => {
    const explained = new Set([...read('.env.example').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name));
    const used = [...read('docker-compose.yml').matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name);
    expect(used.filter((name) => !explained.has(name))).toEqual([]);
  });

  it('never evicts a marker', () => {
    expect(compose.services.redis?.command?.join(' ')).toContain('--maxmemory-policy noeviction');
  });
});

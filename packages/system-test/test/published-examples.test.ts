import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { type Product, startProductOnRunStores } from '@engagetrack/test-ground';
import { describeWithPostgres, findOnPath } from '@engagetrack/test-ground/stores';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const run = promisify(execFile);
const documentation = readFileSync(new URL('../../../docs/http-api.md', import.meta.url), 'utf8');
const publishedHost = 'https://api.engagetrack.net';

/** The examples are curl commands: without curl they are skipped, except in CI. */
const itWithCurl = findOnPath('curl') !== undefined || process.env.CI === 'true' ? it : it.skip;

interface Example {
  readonly status: number;
  readonly command: string;
}

/** Every shell example of the documentation, in its order; its first line is the expected status. */
const examples: readonly Example[] = [...documentation.matchAll(/```bash\n# (\d{3})\n(.*?)```/gs)].map(
  ([, status, command = '']) => ({ status: Number(status), command }),
);

describe('the published examples (Redis)', () => {
  describeWithPostgres('with only the host changed', () => {
    let product: Product;
    const variables: Record<string, string> = {};
    beforeAll(async () => {
      product = await startProductOnRunStores({
        gateways: 1,
      });
      const { email, password, organizationId } = product.owner;
      Object.assign(variables, { EMAIL: email, PASSWORD: password, ORG_ID: organizationId });
    });
    afterAll(() => product.stop());

    it('are all found', () => {
      expect(examples.length).toBe(documentation.split('```bash').length - 1);
      expect(examples.length).toBeGreaterThanOrEqual(10);
    });

    itWithCurl.each(examples)('$status: $command', async ({ status, command }) => {
      const [gateway] = product.gateways;
      if (gateway === undefined) throw new Error('no gateway');
      const local = command.replaceAll(publishedHost, gateway.address('api'));
      expect(local).not.toBe(command);
      const { stdout } = await run('sh', ['-c', `${local.trim()} -sS -w '\\n%{http_code}'`], {
        env: { PATH: process.env.PATH, ...variables },
      });
      const [, body = '', code] = /^(.*)\n(\d{3})$/s.exec(stdout) ?? [];
      expect([Number(code), body]).toEqual([status, expect.any(String)]);
      if (status === 401) expect(body).toBe('{"error":"Invalid or expired API key"}');
      remember(body);
    });

    /** Remembers the values that the documentation takes from earlier answers. */
    function remember(body: string): void {
      const answer: Record<string, unknown> = body === '' ? {} : JSON.parse(body);
      if (typeof answer.token === 'string') variables.TOKEN = answer.token;
      if (typeof answer.key === 'string' && typeof answer.id === 'string')
        Object.assign(variables, { API_KEY: answer.key, KEY_ID: answer.id });
    }
  });
});

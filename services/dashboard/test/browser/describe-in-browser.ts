import { describeWithPostgres } from '@engagetrack/test-ground/stores';
import { describe, it } from '@jest/globals';

/** A suite in a real browser and on real stores; skipped where either is missing, and failing instead with `CI=true`. */
export function describeInBrowser(name: string, body: () => void): void {
  const missing = ['TEST_CHROMIUM', 'TEST_REDIS_URL'].filter((variable) => !process.env[variable]);
  if (missing.length === 0) describeWithPostgres(`${name} (Redis)`, body);
  else if (process.env.CI === 'true')
    describe(name, () =>
      it('has its browser and stores', () => {
        throw new Error(`This run lacks ${missing.join(' and ')}`);
      }),
    );
  else describe.skip(name, body);
}

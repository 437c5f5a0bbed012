import { describeWithPostgres, describeWithRedis } from '@engagetrack/test-ground/stores';
import { describe, it } from '@jest/globals';

/** A suite in a real browser and on real stores; skipped where either is missing, and failing instead with `CI=true`. */
export function describeInBrowser(name: string, body: () => void): void {
  if (process.env.TEST_CHROMIUM) describeWithRedis(name, () => describeWithPostgres('and its database', body));
  else if (process.env.CI === 'true')
    describe(name, () =>
      it('has its browser', () => {
        throw new Error('This run lacks a Chromium');
      }),
    );
  else describe.skip(name, body);
}

import type { RequestListener } from 'node:http';
import { itJudgesTime } from '@engagetrack/test-ground';
import { waitFor } from '@engagetrack/test-ground/stores';
import { describe, expect } from '@jest/globals';
import { organizationA, organizationB } from './harness.ts';
import { download, events, type OpenAnswers, openAnswers } from './open-answers.ts';

/** Milliseconds. The product promises a cut within them after a revocation, a downgrade or an expiry. */
const cutWithinMs = 1_000;
const unvouchedMaxMs = 5_000;
/** Milliseconds. An announcement does not wait for a round of questions. */
const atOnceMs = 250;
const deadlineMs = 10_000;

/** Each attempt has a gateway of its own. */
function itCuts(name: string, body: (answers: OpenAnswers) => Promise<void>): void {
  itJudgesTime(name, async () => {
    const answers = await openAnswers();
    try {
      await body(answers);
    } finally {
      await answers.stop();
    }
  });
}

describe('an answer in progress', () => {
  for (const [what, upstream] of [
    ['an endless stream of events', events],
    ['a long download', download],
  ] satisfies [string, RequestListener][])
    itCuts(
      `of ${what} is cut within a second of the revocation when every announcement is lost`,
      async ({ gateway, open, cut, goesOn, cuts }) => {
        gateway.answerUpstreamWith(upstream);
        const key = gateway.issueKey();
        const [revoked, other] = [await open(key), await open(gateway.issueKey())];
        await gateway.markRevoked(key.keyId);
        const revokedAtMs = performance.now();
        expect((await cut(revoked)) - revokedAtMs).toBeLessThan(cutWithinMs);
        await goesOn(other);
        expect(await cuts()).toBe(1);
      },
    );

  itCuts(
    'is cut within a second of its key’s revocation, opened at any moment, also when the store is slow',
    async ({ gateway, open, cut }) => {
      gateway.setStoreMood('slowly');
      const keys = Array.from({ length: 40 }, () => gateway.issueKey());
      const startedAtMs = performance.now();
      const latencies = await Promise.all(
        keys.map(async (key, index) => {
          // Spread over the time between two rounds of questions.
          await waitFor(() => performance.now() - startedAtMs >= 15 * index, { deadlineMs, what: 'its turn' });
          const answer = await open(key);
          await gateway.markRevoked(key.keyId);
          const revokedAtMs = performance.now();
          return (await cut(answer)) - revokedAtMs;
        }),
      );
      expect(Math.max(...latencies)).toBeLessThan(cutWithinMs);
    },
  );

  itCuts('is cut at once when the announcement arrives', async ({ gateway, open, cut, goesOn, announceRevoked }) => {
    const key = gateway.issueKey();
    const cutOnes = await Promise.all([open(key), open(key), open(key)]);
    const other = await open(gateway.issueKey());
    const announcedAtMs = performance.now();
    await announceRevoked(key);
    for (const answer of cutOnes) expect((await cut(answer)) - announcedAtMs).toBeLessThan(atOnceMs);
    await goesOn(other);
  });

  itCuts(
    'is cut within a second of a downgrade, and goes on after an upgrade',
    async ({ gateway, open, cut, goesOn }) => {
      const [downgraded, upgraded] = [gateway.issueKey(), gateway.issueKey({ organizationId: organizationB })];
      const [first, second] = [await open(downgraded), await open(upgraded)];
      gateway.changePlan(downgraded.key, 'maker', 2);
      gateway.changePlan(upgraded.key, 'agency', 2);
      await gateway.raiseEpoch(organizationA, 2);
      await gateway.raiseEpoch(organizationB, 2);
      const changedAtMs = performance.now();
      expect((await cut(first)) - changedAtMs).toBeLessThan(cutWithinMs);
      await waitFor(() => performance.now() - changedAtMs > cutWithinMs, { deadlineMs, what: 'a second' });
      await goesOn(second);
    },
  );

  itCuts(
    'is cut at once after a downgrade that is announced, and not after an upgrade',
    async ({ gateway, open, cut, goesOn, announceChanged }) => {
      const [downgraded, upgraded] = [gateway.issueKey(), gateway.issueKey({ organizationId: organizationB })];
      const [first, second] = [await open(downgraded), await open(upgraded)];
      gateway.changePlan(downgraded.key, 'maker', 2);
      gateway.changePlan(upgraded.key, 'agency', 2);
      const announcedAtMs = performance.now();
      for (const organization of [organizationA, organizationB]) await announceChanged(organization, 2);
      expect((await cut(first)) - announcedAtMs).toBeLessThan(atOnceMs);
      await goesOn(second);
    },
  );

  itCuts('is cut when its key expires', async ({ gateway, open, cut }) => {
    const lifeMs = 700;
    const openedAtMs = performance.now();
    const answer = await open(gateway.issueKey({ expiresAtMs: gateway.now() + lifeMs }));
    const cutAfterMs = (await cut(answer)) - openedAtMs;
    expect(cutAfterMs).toBeGreaterThanOrEqual(lifeMs - 1);
    expect(cutAfterMs).toBeLessThan(lifeMs + cutWithinMs);
  });

  for (const mood of ['untrusted', 'fails'] as const)
    itCuts(`is judged by the authority while the store is ${mood}`, async ({ gateway, open, cut, goesOn }) => {
      const key = gateway.issueKey();
      const [revoked, other] = [await open(key), await open(gateway.issueKey())];
      gateway.setStoreMood(mood);
      gateway.revokeAtAuthority(key.key);
      const revokedAtMs = performance.now();
      expect((await cut(revoked)) - revokedAtMs).toBeLessThan(cutWithinMs);
      await waitFor(() => performance.now() - revokedAtMs > unvouchedMaxMs + cutWithinMs, { deadlineMs, what: 'time' });
      await goesOn(other);
    });

  itCuts('is cut when its key was unvouched for five seconds, and not before', async ({ gateway, open, cut }) => {
    const answer = await open(gateway.issueKey());
    gateway.setStoreMood('fails');
    gateway.setAuthorityDown(true);
    const awayAtMs = performance.now();
    const unvouchedMs = (await cut(answer)) - awayAtMs;
    expect(unvouchedMs).toBeGreaterThan(unvouchedMaxMs - cutWithinMs);
    expect(unvouchedMs).toBeLessThan(unvouchedMaxMs + cutWithinMs);
  });
});

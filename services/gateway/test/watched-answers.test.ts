import { waitFor } from '@engagetrack/test-ground/stores';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type IssuedKey, organizationA } from './harness.ts';
import { livePath, type OpenAnswer, type OpenAnswers, openAnswers } from './open-answers.ts';

const deadlineMs = 30_000;

describe('an answer in progress', () => {
  let answers: OpenAnswers;
  beforeEach(async () => {
    answers = await openAnswers();
  });
  afterEach(() => answers.stop());

  describe('is watched no longer than it lasts:', () => {
    it('when it ends by itself', async () => {
      answers.gateway.answerUpstreamWith((_req, res) => res.end('{"data":[]}'));
      const { authorization } = answers.gateway.issueKey();
      const all = Array.from({ length: 50 }, () =>
        answers.gateway.api().get(livePath(organizationA)).set('authorization', authorization),
      );
      for (const { status } of await Promise.all(all)) expect(status).toBe(200);
      await waitFor(async () => (await answers.watched()) === 0, { deadlineMs, what: 'the end of the watch' });
    });

    it.each<[string, (answer: OpenAnswer, key: IssuedKey) => unknown]>([
      ['when the caller leaves', (answer) => answer.leave()],
      ['when the upstream breaks off', () => answers.gateway.closeUpstream()],
      ['when it is cut', (_answer, key) => answers.announceRevoked(key)],
    ])('%s', async (_what, end) => {
      const key = answers.gateway.issueKey();
      const answer = await answers.open(key);
      expect(await answers.watched()).toBe(1);
      await end(answer, key);
      await waitFor(async () => (await answers.watched()) === 0, { deadlineMs, what: 'the end of the watch' });
    });

    it('when it is cut, and is logged and counted by what its caller got and why', async () => {
      const { gateway } = answers;
      const cases = [
        ['revoked_key', (key: IssuedKey) => answers.announceRevoked(key)],
        [
          'plan_required',
          async (key: IssuedKey) => {
            gateway.changePlan(key.key, 'maker', 2);
            await answers.announceChanged(key.organizationId, 2);
          },
        ],
      ] as const;
      for (const [reason, end] of cases) {
        const key = gateway.issueKey();
        const answer = await answers.open(key);
        gateway.logLines.length = 0;
        await end(key);
        await answers.cut(answer);
        const line = await waitFor(() => gateway.logLines.find((text) => text.includes('"at":"request"')), {
          deadlineMs,
          what: 'the log line',
        });
        expect(JSON.parse(line)).toMatchObject({ status: 200, reason, key_id: key.keyId });
      }
      const metrics = await gateway.registry.metrics();
      expect(metrics).toMatch(/^gateway_requests_total\{[^}]*route="analytics\.live",status="200"[^}]*\} 2$/m);
      expect(metrics).not.toContain('status="499"');
      expect(await answers.cuts()).toBe(2);
    });

    it('when it never begins: over the quota, of the wrong scope, with no upstream', async () => {
      const { authorization } = answers.gateway.issueKey({ scopes: ['sites:read'] });
      expect(
        (await answers.gateway.api().get(livePath(organizationA)).set('authorization', authorization)).status,
      ).toBe(403);
      await answers.gateway.closeUpstream();
      const full = answers.gateway.issueKey();
      const answer = await answers.gateway.api().get(livePath(organizationA)).set('authorization', full.authorization);
      expect(answer.status).toBe(502);
      await waitFor(async () => (await answers.watched()) === 0, { deadlineMs, what: 'the end of the watch' });
    });
  });
});

import { type IncomingMessage, type RequestListener, request } from 'node:http';
import { apiKeyIdSchema, organizationIdSchema } from '@engagetrack/contracts';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type GatewayHarness, type IssuedKey, organizationA, organizationB, startGateway } from './harness.ts';

const live = (organizationId: string) => `/api/v1/organizations/${organizationId}/sites/site_1/analytics/live`;
/** What the product promises after a revocation, a downgrade or an expiry. */
const cutWithinMs = 1_000;
const unvouchedMaxMs = 5_000;
/** An announcement needs no round of questions. */
const atOnceMs = 250;
const deadlineMs = 10_000;
const everyMs = 20;

interface OpenAnswer {
  bytes(): number;
  /** By `performance.now()`. */
  cutAtMs(): number | undefined;
  leave(): void;
}

describe('an answer in progress', () => {
  let gateway: GatewayHarness;
  let answers: OpenAnswer[];
  beforeEach(async () => {
    gateway = await startGateway({ clockRuns: true });
    gateway.answerUpstreamWith(events);
    answers = [];
  });
  afterEach(async () => {
    for (const answer of answers) answer.leave();
    await gateway.stop();
  });

  /** Resolves with the first bytes of the answer. */
  const openAnswer = async ({ authorization, organizationId }: IssuedKey): Promise<OpenAnswer> => {
    let bytes = 0;
    let cutAtMs: number | undefined;
    const outgoing = request(gateway.url + live(organizationId), { headers: { authorization } });
    const note = (): void => {
      cutAtMs ??= performance.now();
    };
    outgoing.on('error', note);
    outgoing.on('response', (answer: IncomingMessage) => {
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      answer.on('error', note);
      answer.on('close', note);
    });
    outgoing.end();
    const answer = { bytes: () => bytes, cutAtMs: () => cutAtMs, leave: () => void outgoing.destroy() };
    answers.push(answer);
    await waitFor(() => bytes > 0, { deadlineMs, what: 'the first bytes' });
    return answer;
  };
  const cut = (answer: OpenAnswer) => waitFor(() => answer.cutAtMs(), { deadlineMs, what: 'the cut' });
  const goesOn = async (answer: OpenAnswer) => {
    const before = answer.bytes();
    await waitFor(() => answer.bytes() > before, { deadlineMs, what: 'more of the answer' });
    expect(answer.cutAtMs()).toBeUndefined();
  };
  const watched = async () => {
    const text = (await gateway.registry.getSingleMetricAsString('gateway_answers_watched')) ?? '';
    return Number(/^gateway_answers_watched (\d+)$/m.exec(text)?.[1]);
  };
  const cuts = async () => {
    const text = (await gateway.registry.getSingleMetricAsString('gateway_streams_cut_total')) ?? '';
    return Number(/^gateway_streams_cut_total (\d+)$/m.exec(text)?.[1]);
  };
  const announceRevoked = ({ keyId, organizationId }: IssuedKey) =>
    gateway.announcements.announce({
      kind: 'key_revoked',
      key_id: apiKeyIdSchema.parse(keyId),
      organization_id: organizationIdSchema.parse(organizationId),
    });

  it.each<[string, RequestListener]>([
    ['an endless stream of events', events],
    ['a long download', download],
  ])('of %s is cut within a second of the revocation when every announcement is lost', async (_what, upstream) => {
    gateway.answerUpstreamWith(upstream);
    const key = gateway.issueKey();
    const [revoked, other] = [await openAnswer(key), await openAnswer(gateway.issueKey())];
    await gateway.markRevoked(key.keyId);
    const revokedAtMs = performance.now();
    expect((await cut(revoked)) - revokedAtMs).toBeLessThan(cutWithinMs);
    await goesOn(other);
    expect(await cuts()).toBe(1);
  });

  it('is cut within a second at whatever moment it was opened, also when the store is slow', async () => {
    gateway.setStoreMood('slowly');
    const keys = Array.from({ length: 40 }, () => gateway.issueKey());
    const startedAtMs = performance.now();
    const latencies = await Promise.all(
      keys.map(async (key, index) => {
        // Spread over the time from one round of questions to the next.
        await waitFor(() => performance.now() - startedAtMs >= 15 * index, { deadlineMs, what: 'its turn' });
        const answer = await openAnswer(key);
        await gateway.markRevoked(key.keyId);
        const revokedAtMs = performance.now();
        return (await cut(answer)) - revokedAtMs;
      }),
    );
    expect(Math.max(...latencies)).toBeLessThan(cutWithinMs);
  });

  it('is cut at once when the announcement arrives', async () => {
    const key = gateway.issueKey();
    const open = await Promise.all([openAnswer(key), openAnswer(key), openAnswer(key)]);
    const other = await openAnswer(gateway.issueKey());
    const announcedAtMs = performance.now();
    await announceRevoked(key);
    for (const answer of open) expect((await cut(answer)) - announcedAtMs).toBeLessThan(atOnceMs);
    await goesOn(other);
  });

  it('is cut after a downgrade, and goes on after an upgrade', async () => {
    const [downgraded, upgraded] = [gateway.issueKey(), gateway.issueKey({ organizationId: organizationB })];
    const [first, second] = [await openAnswer(downgraded), await openAnswer(upgraded)];
    gateway.changePlan(downgraded.key, 'maker', 2);
    gateway.changePlan(upgraded.key, 'agency', 2);
    await gateway.raiseEpoch(organizationA, 2);
    await gateway.raiseEpoch(organizationB, 2);
    const changedAtMs = performance.now();
    expect((await cut(first)) - changedAtMs).toBeLessThan(cutWithinMs);
    await waitFor(() => performance.now() - changedAtMs > cutWithinMs, { deadlineMs, what: 'a second' });
    await goesOn(second);
  });

  it('is cut at once after a downgrade that is announced, and not after an upgrade', async () => {
    const [downgraded, upgraded] = [gateway.issueKey(), gateway.issueKey({ organizationId: organizationB })];
    const [first, second] = [await openAnswer(downgraded), await openAnswer(upgraded)];
    gateway.changePlan(downgraded.key, 'maker', 2);
    gateway.changePlan(upgraded.key, 'agency', 2);
    const announcedAtMs = performance.now();
    for (const organization of [organizationA, organizationB])
      await gateway.announcements.announce({
        kind: 'organization_changed',
        organization_id: organizationIdSchema.parse(organization),
        epoch: 2,
      });
    expect((await cut(first)) - announcedAtMs).toBeLessThan(atOnceMs);
    await goesOn(second);
  });

  it('is cut when its key expires', async () => {
    const lifeMs = 700;
    const openedAtMs = performance.now();
    const key = gateway.issueKey({ expiresAtMs: gateway.now() + lifeMs });
    const answer = await openAnswer(key);
    const cutAfterMs = (await cut(answer)) - openedAtMs;
    expect(cutAfterMs).toBeGreaterThanOrEqual(lifeMs - 1);
    expect(cutAfterMs).toBeLessThan(lifeMs + cutWithinMs);
  });

  it.each(['untrusted', 'fails'] as const)('is judged by the authority while the store is %s', async (mood) => {
    const key = gateway.issueKey();
    const [revoked, other] = [await openAnswer(key), await openAnswer(gateway.issueKey())];
    gateway.setStoreMood(mood);
    gateway.revokeAtAuthority(key.key);
    const revokedAtMs = performance.now();
    expect((await cut(revoked)) - revokedAtMs).toBeLessThan(cutWithinMs);
    await waitFor(() => performance.now() - revokedAtMs > unvouchedMaxMs + cutWithinMs, { deadlineMs, what: 'time' });
    await goesOn(other);
  });

  it('is cut when nobody has vouched for its key in five seconds, and not before', async () => {
    const answer = await openAnswer(gateway.issueKey());
    gateway.setStoreMood('fails');
    gateway.setAuthorityDown(true);
    const awayAtMs = performance.now();
    const unvouchedMs = (await cut(answer)) - awayAtMs;
    expect(unvouchedMs).toBeGreaterThan(unvouchedMaxMs - cutWithinMs);
    expect(unvouchedMs).toBeLessThan(unvouchedMaxMs + cutWithinMs);
  });

  describe('is watched no longer than it lasts:', () => {
    it('when it ends by itself', async () => {
      gateway.answerUpstreamWith((_req, res) => res.end('{"data":[]}'));
      const { authorization } = gateway.issueKey();
      const all = Array.from({ length: 50 }, () =>
        gateway.api().get(live(organizationA)).set('authorization', authorization),
      );
      for (const { status } of await Promise.all(all)) expect(status).toBe(200);
      await waitFor(async () => (await watched()) === 0, { deadlineMs, what: 'the end of the watch' });
    });

    it.each<[string, (answer: OpenAnswer, key: IssuedKey) => unknown]>([
      ['when the caller leaves', (answer) => answer.leave()],
      ['when the upstream breaks off', () => gateway.closeUpstream()],
      ['when it is cut', (_answer, key) => announceRevoked(key)],
    ])('%s', async (_what, end) => {
      const key = gateway.issueKey();
      const answer = await openAnswer(key);
      expect(await watched()).toBe(1);
      await end(answer, key);
      await waitFor(async () => (await watched()) === 0, { deadlineMs, what: 'the end of the watch' });
    });

    it('when it never begins: over the quota, of the wrong scope, with no upstream', async () => {
      const { authorization } = gateway.issueKey({ scopes: ['sites:read'] });
      expect((await gateway.api().get(live(organizationA)).set('authorization', authorization)).status).toBe(403);
      await gateway.closeUpstream();
      const full = gateway.issueKey();
      const answer = await gateway.api().get(live(organizationA)).set('authorization', full.authorization);
      expect(answer.status).toBe(502);
      await waitFor(async () => (await watched()) === 0, { deadlineMs, what: 'the end of the watch' });
    });
  });
});

function events(...[, res]: Parameters<RequestListener>): void {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  const timer = setInterval(() => res.write('data: {}\n\n'), everyMs);
  res.once('close', () => clearInterval(timer));
}

function download(...[, res]: Parameters<RequestListener>): void {
  const block = Buffer.alloc(1024);
  res.writeHead(200, { 'content-length': String(1024 * 1024 * 1024) });
  const timer = setInterval(() => res.write(block), everyMs);
  res.once('close', () => clearInterval(timer));
}

import { randomBytes } from 'node:crypto';
import { type ApiKeyId, apiKeyIdSchema, organizationIdSchema } from '@engagetrack/contracts';
import { waitFor } from '@engagetrack/system-test/stores';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Admission, AdmissionRequest, AdmissionStore, MarkerStore, Spent } from '../src/index.ts';

export type Store = AdmissionStore & MarkerStore;

/** Two clients of one store, as two gateways have them; in one process they may be the same object. */
export interface TwoClients {
  readonly first: Store;
  readonly second: Store;
  close(): Promise<void>;
}

/** The epoch at which every organization of these tests starts. */
export const firstEpoch = 3;
const windowChangeDeadlineMs = 3_000;
const clockDeadlineMs = 3_000;
const concurrentSpends = 600;

export function newKeyId(): ApiKeyId {
  return apiKeyIdSchema.parse(`key_${randomBytes(12).toString('hex')}`);
}

/** A request of a fresh key of a fresh organization that the store does not know. */
export function newRequest(changes: Partial<AdmissionRequest> = {}): AdmissionRequest {
  return {
    keyId: newKeyId(),
    organizationId: organizationIdSchema.parse(`org_${randomBytes(12).toString('hex')}`),
    epoch: firstEpoch,
    expiresAtMs: undefined,
    policy: { name: 'analytics', quota: 600, windowSeconds: 60 },
    ...changes,
  };
}

export function parseSpent(admission: Admission): Spent {
  if (admission.verdict !== 'spent')
    throw new Error(`Expected a unit to be spent, but the verdict is ${admission.verdict}`);
  return admission;
}

/** What every adapter of the two ports promises. */
export function itKeepsTheAdmissionPromises(openTwoClients: () => Promise<TwoClients>): void {
  let clients: TwoClients;
  beforeAll(async () => {
    clients = await openTwoClients();
  });
  afterAll(() => clients.close());

  /** A request that nothing speaks against. */
  const newTrustedRequest = async (changes: Partial<AdmissionRequest> = {}): Promise<AdmissionRequest> => {
    const request = newRequest(changes);
    await clients.second.raiseEpoch(request.organizationId, firstEpoch);
    return request;
  };

  describe('trust', () => {
    it('vouches for no key of an organization it does not know', async () => {
      const request = newRequest();
      expect(await clients.first.spend(request)).toEqual({ verdict: 'untrusted' });
      await clients.second.raiseEpoch(request.organizationId, firstEpoch);
      expect(await clients.first.spend(request)).toMatchObject({ verdict: 'spent', count: 1 });
    });

    it('knows one organization without vouching for another', async () => {
      await newTrustedRequest();
      expect(await clients.first.spend(newRequest())).toEqual({ verdict: 'untrusted' });
    });
  });

  describe('epochs', () => {
    it('calls knowledge of an older epoch stale and spends nothing on it', async () => {
      const request = await newTrustedRequest();
      await clients.second.raiseEpoch(request.organizationId, firstEpoch + 1);
      expect(await clients.first.spend(request)).toEqual({ verdict: 'stale' });
      expect(await clients.first.spend({ ...request, epoch: firstEpoch + 1 })).toMatchObject({
        verdict: 'spent',
        count: 1,
      });
    });

    it('takes knowledge that is newer than its own', async () => {
      const request = await newTrustedRequest({ epoch: firstEpoch + 1 });
      expect(await clients.first.spend(request)).toMatchObject({ verdict: 'spent' });
    });

    it('never lowers an epoch', async () => {
      const request = await newTrustedRequest();
      await clients.first.raiseEpoch(request.organizationId, firstEpoch + 7);
      await clients.second.raiseEpoch(request.organizationId, firstEpoch + 1);
      expect(await clients.first.spend({ ...request, epoch: firstEpoch + 6 })).toEqual({ verdict: 'stale' });
      expect(await clients.first.spend({ ...request, epoch: firstEpoch + 7 })).toMatchObject({ verdict: 'spent' });
    });

    it('compares epochs as numbers', async () => {
      const request = await newTrustedRequest();
      await clients.first.raiseEpoch(request.organizationId, 10);
      await clients.second.raiseEpoch(request.organizationId, 9);
      expect(await clients.first.spend({ ...request, epoch: 9 })).toEqual({ verdict: 'stale' });
    });
  });

  describe('revocation', () => {
    it('refuses a key on every client from the moment the marking resolves', async () => {
      const request = await newTrustedRequest();
      expect(await clients.first.spend(request)).toMatchObject({ verdict: 'spent' });
      await clients.second.markRevoked(request.keyId);
      expect(await clients.first.spend(request)).toEqual({ verdict: 'revoked' });
      expect(await clients.second.spend(request)).toEqual({ verdict: 'revoked' });
    });

    it('stays, however often the key is marked and whatever happens to its organization', async () => {
      const request = await newTrustedRequest();
      await clients.first.markRevoked(request.keyId);
      await clients.second.markRevoked(request.keyId);
      await clients.second.raiseEpoch(request.organizationId, firstEpoch + 1);
      expect(await clients.first.spend({ ...request, epoch: firstEpoch + 1 })).toEqual({ verdict: 'revoked' });
    });

    it("leaves the organization's other keys alone", async () => {
      const request = await newTrustedRequest();
      await clients.first.markRevoked(newKeyId());
      expect(await clients.first.spend(request)).toMatchObject({ verdict: 'spent' });
    });

    it('wins over every other verdict', async () => {
      const untrusted = newRequest();
      const stale = await newTrustedRequest({ epoch: firstEpoch - 1 });
      const expired = await newTrustedRequest({ expiresAtMs: 1 });
      for (const request of [untrusted, stale, expired]) {
        await clients.second.markRevoked(request.keyId);
        expect(await clients.first.spend(request)).toEqual({ verdict: 'revoked' });
      }
    });
  });

  describe('expiry', () => {
    it("comes at its very instant by the store's clock, to the millisecond", async () => {
      const request = await newTrustedRequest();
      const clock = newRequest({ organizationId: request.organizationId });
      /** The verdict at this end, and the store's clock just before and just after it. */
      const probe = async (expiresAtMs: number) => {
        const probes = [clock, { ...request, expiresAtMs }, clock].map((each) => clients.first.spend(each));
        const [before, verdict, after] = await Promise.all(probes);
        if (before === undefined || verdict === undefined || after === undefined) throw new Error('Three answers');
        return { verdict: verdict.verdict, fromMs: parseSpent(before).nowMs, toMs: parseSpent(after).nowMs };
      };
      // The clock cannot be set, so it is met: again until one answer fell into the instant and one right before it.
      const seen = new Set<string>();
      await waitFor(
        async () => {
          const expiresAtMs = (await probe(0)).toMs + 3;
          for (let fromMs = 0; fromMs <= expiresAtMs; ) {
            const answer = await probe(expiresAtMs);
            if (answer.toMs < expiresAtMs) expect(answer.verdict).toBe('spent');
            if (answer.fromMs >= expiresAtMs) expect(answer.verdict).toBe('expired');
            if (answer.fromMs === answer.toMs) seen.add(`${answer.toMs - expiresAtMs} ms: ${answer.verdict}`);
            ({ fromMs } = answer);
          }
          return seen.has('-1 ms: spent') && seen.has('0 ms: expired');
        },
        { deadlineMs: clockDeadlineMs, what: 'answers in the instant of the expiry and right before it' },
      );
      expect(seen).not.toContain('-1 ms: expired');
      expect(seen).not.toContain('0 ms: spent');
    });

    it('spends nothing', async () => {
      const request = await newTrustedRequest();
      expect(await clients.first.spend({ ...request, expiresAtMs: 1 })).toEqual({ verdict: 'expired' });
      expect(await clients.first.spend(request)).toMatchObject({ count: 1 });
    });

    it('gives way to stale knowledge, which may have the wrong end', async () => {
      const request = await newTrustedRequest({ epoch: firstEpoch - 1, expiresAtMs: 1 });
      expect(await clients.first.spend(request)).toEqual({ verdict: 'stale' });
    });
  });

  describe('counting', () => {
    it('gives each count once, over clients that spend at the same time', async () => {
      const request = await newTrustedRequest();
      const spent = await Promise.all(
        Array.from({ length: concurrentSpends }, (_, index) => {
          const client = index % 2 === 0 ? clients.first : clients.second;
          return client.spend(request).then(parseSpent);
        }),
      );
      // More than one window only when the minute turned meanwhile; each is whole by itself.
      for (const counts of Map.groupBy(spent, ({ windowEndMs }) => windowEndMs).values()) {
        const sorted = counts.map(({ count }) => count).sort((a, b) => a - b);
        expect(sorted).toEqual(Array.from(sorted, (_, index) => index + 1));
      }
    });

    it('goes on beyond the quota, whose judge is the caller', async () => {
      const request = await newTrustedRequest({ policy: { name: 'tiny', quota: 1, windowSeconds: 86_400 } });
      const counts = [];
      for (let i = 0; i < 3; i++) counts.push(parseSpent(await clients.first.spend(request)).count);
      expect(counts).toEqual([1, 2, 3]);
    });

    it('counts policies alone and keys alone', async () => {
      const request = await newTrustedRequest();
      await clients.first.spend(request);
      const otherPolicy = { ...request, policy: { ...request.policy, name: 'standard' } };
      const otherKey = { ...request, keyId: newKeyId() };
      expect(await clients.first.spend(otherPolicy)).toMatchObject({ count: 1 });
      expect(await clients.first.spend(otherKey)).toMatchObject({ count: 1 });
    });
  });

  describe('windows', () => {
    it.each([1, 7, 60, 3_600])(
      'of %i s end on multiples of their length, the same for two clients',
      async (windowSeconds) => {
        const request = await newTrustedRequest({ policy: { name: 'analytics', quota: 600, windowSeconds } });
        const both = await Promise.all([clients.first, clients.second].map((client) => client.spend(request)));
        for (const { nowMs, windowEndMs } of both.map(parseSpent)) {
          expect(windowEndMs % (windowSeconds * 1000)).toBe(0);
          expect(windowEndMs).toBeGreaterThan(nowMs);
          expect(windowEndMs - nowMs).toBeLessThanOrEqual(windowSeconds * 1000);
        }
      },
    );

    it('begin again at one', async () => {
      const request = await newTrustedRequest({ policy: { name: 'brief', quota: 600, windowSeconds: 1 } });
      const before = parseSpent(await clients.first.spend(request));
      let last = before;
      const next = await waitFor(
        async () => {
          const spent = parseSpent(await clients.first.spend(request));
          if (spent.windowEndMs !== before.windowEndMs) return spent;
          last = spent;
          return false;
        },
        { deadlineMs: windowChangeDeadlineMs, what: 'the next window' },
      );
      expect(last.nowMs).toBeLessThan(before.windowEndMs);
      expect(next.nowMs).toBeGreaterThanOrEqual(before.windowEndMs);
      expect(next).toMatchObject({ count: 1, windowEndMs: before.windowEndMs + 1_000 });
    });
  });
}

import { randomBytes } from 'node:crypto';
import { type ApiKeyId, apiKeyIdSchema, type OrganizationId, organizationIdSchema } from '@engagetrack/contracts';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Admission,
  type AdmissionRequest,
  type AdmissionStore,
  type Generation,
  type KeyKnowledge,
  type Mark,
  newGeneration,
  type RevocationStore,
  type Spent,
} from '../src/index.ts';

/** Both sides of the store; the steps of the key service's side can be called one by one. */
export interface Store {
  readonly admission: AdmissionStore;
  readonly revocations: RevocationStore;
  spend(request: AdmissionRequest): Promise<Admission>;
  markRevoked(keyId: ApiKeyId): Promise<Generation | undefined>;
  raiseEpoch(organizationId: OrganizationId, epoch: number): Promise<Generation | undefined>;
}

export function storeOf(admission: AdmissionStore, revocations: RevocationStore): Store {
  return {
    admission,
    revocations,
    spend: admission.spend,
    markRevoked: (keyId) => revocations.mark([{ kind: 'key_revoked', keyId }]),
    raiseEpoch: (organizationId, epoch) => revocations.mark([{ kind: 'organization_changed', organizationId, epoch }]),
  };
}

const longLeaseMs = 60 * 60 * 1000;

/** Reloads an empty store, as a renewer does; the store vouches for its markers afterwards. */
export async function reload({ revocations }: Store, leaseMs = longLeaseMs): Promise<Generation> {
  const cycle = await revocations.openCycle();
  const generation = newGeneration();
  const timeMs = await cycle.beginReload(generation);
  if (!(await cycle.setWitness(generation, timeMs + leaseMs))) throw new Error('The witness was not set');
  return generation;
}

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
    await reload(clients.second);
    await trusted(clients.first);
  });
  afterAll(() => clients.close());

  const trusted = async ({ spend }: Store): Promise<void> => {
    await waitFor(async () => (await spend(newRequest())).verdict === 'spent', {
      deadlineMs: clockDeadlineMs,
      what: 'a store that vouches for its markers',
    });
  };

  /** A request of an organization that was changed before. */
  const newTrustedRequest = async (changes: Partial<AdmissionRequest> = {}): Promise<AdmissionRequest> => {
    const request = newRequest(changes);
    await clients.second.raiseEpoch(request.organizationId, firstEpoch);
    return request;
  };

  describe('trust', () => {
    it('holds for every organization, known to the store or not', async () => {
      expect(await clients.first.spend(newRequest())).toMatchObject({ verdict: 'spent', count: 1 });
    });

    it('ends with the witness, and comes back with a longer one', async () => {
      const generation = await reload(clients.second, 300);
      await trusted(clients.first);
      await waitFor(async () => (await clients.first.spend(newRequest())).verdict === 'untrusted', {
        deadlineMs: clockDeadlineMs,
        what: 'the end of a witness',
      });
      expect(await clients.second.markRevoked(newKeyId())).toBeUndefined();
      const cycle = await clients.second.revocations.openCycle();
      expect(await cycle.currentGeneration()).toBeUndefined();
      expect(await cycle.timeOf(generation)).toBeUndefined();
      const mark = { kind: 'key_revoked', keyId: newKeyId() } as const;
      expect(await cycle.markUnderWitness(generation, [mark])).toBe(false);
      expect(await cycle.extendWitness(generation, Date.now() + 60_000)).toBe(false);
      await reload(clients.second);
      await trusted(clients.first);
    });

    it('is extended, but never shortened', async () => {
      const generation = await reload(clients.second, 2_000);
      await trusted(clients.first);
      const cycle = await clients.second.revocations.openCycle();
      const timeMs = (await cycle.timeOf(generation)) ?? 0;
      expect(await cycle.extendWitness(generation, timeMs + longLeaseMs)).toBe(true);
      expect(await cycle.extendWitness(generation, timeMs + 1)).toBe(true);
      const { nowMs } = parseSpent(await clients.first.spend(newRequest()));
      await waitFor(async () => parseSpent(await clients.first.spend(newRequest())).nowMs > nowMs + 50, {
        deadlineMs: clockDeadlineMs,
        what: 'time to pass',
      });
    });

    it('is given to the last reload only', async () => {
      const cycle = await clients.first.revocations.openCycle();
      const lost = newGeneration();
      const timeMs = await cycle.beginReload(lost);
      const won = await reload(clients.second);
      expect(await cycle.markUnderClaim(lost, [{ kind: 'key_revoked', keyId: newKeyId() }])).toBe(false);
      expect(await cycle.setWitness(lost, timeMs + longLeaseMs)).toBe(false);
      expect(await cycle.currentGeneration()).toBe(won);
      expect(await clients.second.markRevoked(newKeyId())).toBe(won);
      await trusted(clients.first);
    });

    it('is not given to a reload that took longer than its lease', async () => {
      const cycle = await clients.first.revocations.openCycle();
      const generation = newGeneration();
      const timeMs = await cycle.beginReload(generation);
      expect(await cycle.setWitness(generation, timeMs)).toBe(false);
      await reload(clients.second);
      await trusted(clients.first);
    });

    it('comes with the marks that a reload wrote', async () => {
      const request = newRequest();
      const cycle = await clients.second.revocations.openCycle();
      const generation = newGeneration();
      const timeMs = await cycle.beginReload(generation);
      const marks = Array.from({ length: 1_200 }, () => ({ kind: 'key_revoked', keyId: newKeyId() }) as const);
      const all = [...marks, { kind: 'key_revoked', keyId: request.keyId } as const];
      expect(await cycle.markUnderClaim(generation, all)).toBe(true);
      expect(await cycle.setWitness(generation, timeMs + longLeaseMs)).toBe(true);
      await trusted(clients.first);
      expect(await clients.first.spend(request)).toEqual({ verdict: 'revoked' });
      await clients.second.raiseEpoch(request.organizationId, 7);
      const marked: Mark[] = [];
      await clients.second.revocations.visitMarks(async (some) => void marked.push(...some));
      const changed = { kind: 'organization_changed', organizationId: request.organizationId, epoch: 7 };
      expect(marked).toEqual(expect.arrayContaining([...all, changed]));
    });
  });

  describe('a pulse', () => {
    it('tells the state of each key with an answer in progress, in the order asked', async () => {
      const known = ({ keyId, organizationId, epoch, expiresAtMs }: AdmissionRequest): KeyKnowledge => ({
        keyId,
        organizationId,
        epoch,
        expiresAtMs,
      });
      const [live, revoked, stale, expired] = [
        newRequest(),
        newRequest(),
        newRequest(),
        newRequest({ expiresAtMs: 1 }),
      ];
      await clients.second.markRevoked(revoked.keyId);
      await clients.second.raiseEpoch(stale.organizationId, firstEpoch + 1);
      const pulse = await clients.first.admission.pulse('gateway-1', [live, revoked, stale, expired].map(known));
      expect(pulse).toMatchObject({ verdict: 'trusted', states: ['live', 'revoked', 'stale', 'expired'] });
      expect(clients.first.admission.latestTimeMs()).toBeGreaterThan(0);
    });
  });

  describe('carried counts', () => {
    const inThisWindow = async (policy: AdmissionRequest['policy']) => {
      const request = newRequest({ policy });
      const { windowEndMs } = parseSpent(await clients.first.spend(request));
      return { request, windowEndMs };
    };
    const day = { name: 'daily', quota: 600, windowSeconds: 86_400 };

    it('add the units that a gateway admitted alone, once', async () => {
      const { request, windowEndMs } = await inThisWindow(day);
      const carried = { windowEndMs, seen: 1, unreported: 7 };
      expect(await clients.first.spend({ ...request, carried })).toMatchObject({ count: 9 });
      expect(await clients.second.spend(request)).toMatchObject({ count: 10 });
    });

    it('of another window count for nothing', async () => {
      const { request, windowEndMs } = await inThisWindow(day);
      const carried = { windowEndMs: windowEndMs - 86_400_000, seen: 500, unreported: 50 };
      expect(await clients.first.spend({ ...request, carried })).toMatchObject({ count: 2 });
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

    it('stays, however often the key is marked and its organization changed', async () => {
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
      const stale = await newTrustedRequest({ epoch: firstEpoch - 1 });
      const expired = await newTrustedRequest({ expiresAtMs: 1 });
      for (const request of [stale, expired]) {
        await clients.second.markRevoked(request.keyId);
        expect(await clients.first.spend(request)).toEqual({ verdict: 'revoked' });
      }
    });
  });

  describe('expiry', () => {
    it("comes at its very instant by the store's clock, to the millisecond", async () => {
      const request = await newTrustedRequest();
      const clock = newRequest({ organizationId: request.organizationId });
      /** The verdict for a key that expires then, and the store's clock just before and just after it. */
      const probe = async (expiresAtMs: number) => {
        const probes = [clock, { ...request, expiresAtMs }, clock].map((each) => clients.first.spend(each));
        const [before, verdict, after] = await Promise.all(probes);
        if (before === undefined || verdict === undefined || after === undefined) throw new Error('Three answers');
        return { verdict: verdict.verdict, fromMs: parseSpent(before).nowMs, toMs: parseSpent(after).nowMs };
      };
      // Redis's clock cannot be set: the test repeats until one answer fell into the instant and one just before it.
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
      // There is more than one window only when a minute ended meanwhile; each has all its counts.
      for (const counts of Map.groupBy(spent, ({ windowEndMs }) => windowEndMs).values()) {
        const sorted = counts.map(({ count }) => count).sort((a, b) => a - b);
        expect(sorted).toEqual(Array.from(sorted, (_, index) => index + 1));
      }
    });

    it('goes on beyond the quota, which the caller judges', async () => {
      const request = await newTrustedRequest({ policy: { name: 'tiny', quota: 1, windowSeconds: 86_400 } });
      const counts = [];
      for (let i = 0; i < 3; i++) counts.push(parseSpent(await clients.first.spend(request)).count);
      expect(counts).toEqual([1, 2, 3]);
    });

    it('counts several units at once, with the count that a gateway carries', async () => {
      const request = await newTrustedRequest({ policy: { name: 'daily', quota: 600, windowSeconds: 86_400 } });
      const { windowEndMs } = parseSpent(await clients.first.spend({ ...request, units: 40 }));
      const carried = { windowEndMs, seen: 40, unreported: 2 };
      expect(await clients.second.spend({ ...request, units: 5, carried })).toMatchObject({ count: 47 });
      expect(await clients.first.spend(request)).toMatchObject({ count: 48 });
    });

    it('counts each policy and each key on its own', async () => {
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

    it('begin at a count of one', async () => {
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

import { newGeneration } from '@engagetrack/admission-store';
import { generateApiKey, hashApiKey } from '@engagetrack/api-key';
import { describeWithPostgres, waitFor } from '@engagetrack/test-ground/stores';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createAccountStore } from '../src/account-store.ts';
import { newUserId } from '../src/ids.ts';
import { cycleIntervalMs, leaseMs, outageExtensionMs, slowPathMs } from '../src/lease.ts';
import {
  keyOf,
  openRenewalGround,
  organizationId,
  policy,
  type RenewalGround,
  type RenewerBench,
  type Step,
} from './renewal-bench.ts';
import { transactionsOver } from './transactions-over.ts';

const choresEveryCycles = 60_000 / cycleIntervalMs;
const deadlineMs = 5_000;
const databaseAway: readonly Step[] = ['addRow', 'takeSnapshot', 'readClock', 'leave', 'prune', 'restore'];
const extension: readonly Step[] = [
  'openCycle',
  'currentGeneration',
  'timeOf',
  'addRow',
  'takeSnapshot',
  'markUnderWitness',
  'extendWitness',
];
const reload: readonly Step[] = ['beginReload', 'addRow', 'takeSnapshot', 'markUnderClaim', 'setWitness'];

describeWithPostgres('the witness renewer', () => {
  let ground: RenewalGround;
  let renewer: RenewerBench;
  beforeAll(async () => {
    ground = await openRenewalGround();
  });
  beforeEach(() => {
    renewer = ground.addRenewer();
  });
  afterEach(() => ground.clear());
  afterAll(() => ground.close());

  const failAt = (bench: RenewerBench, ...failing: readonly Step[]) =>
    bench.setInterrupt((step) => {
      if (failing.includes(step)) throw new Error(`${step} failed`);
    });
  const heal = (bench: RenewerBench) => bench.setInterrupt(() => undefined);
  const verdict = (number = 0) => ground.verdict(keyOf(number));
  const generationNow = async () => (await ground.stores.revocations.openCycle()).currentGeneration();
  const rows = (instance = renewer.instance) =>
    ground.databases.main
      .selectFrom('witness_ledger')
      .select(['generation', 'finished_snapshot_at'])
      .where('instance', '=', instance)
      .orderBy('id')
      .execute();
  /** Whether a DELETE that is committed now will find, once a lease has passed, that every instance has moved on. */
  const movesOn = async (act: () => Promise<unknown>): Promise<boolean> => {
    const committedAt = await ground.ledger.readClock('main');
    await act();
    await ground.ageLedger(slowPathMs + 1);
    return committedAt < (await ground.ledger.readRenewals()).allMovedOnBefore;
  };

  describe('takes its steps in one order:', () => {
    it('a reload claims, writes its row, takes a snapshot, marks and vouches', async () => {
      const steps = await renewer.cycle();
      expect(without(steps, 'prune', 'visitMarks')).toEqual([
        'openCycle',
        'mayEvict',
        'currentGeneration',
        'currentGeneration',
        ...reload,
      ]);
      expect(await verdict()).toBe('spent');
    });

    it('an extension asks the time, writes its row, takes a snapshot, marks and vouches', async () => {
      for (let n = 0; n < 2; n += 1) await renewer.cycle();
      expect(protocolSteps(await renewer.cycle())).toEqual(extension);
    });

    it.each<[string, number]>([
      ['a reload', 0],
      ['an extension', 1],
    ])('%s has its row committed, under its generation, before its snapshot', async (_what, cyclesBefore) => {
      for (let n = 0; n < cyclesBefore; n += 1) await renewer.cycle();
      let seen: Awaited<ReturnType<typeof rows>> = [];
      renewer.setInterrupt(async (step) => {
        if (step === 'takeSnapshot') seen = await rows();
      });
      await renewer.cycle();
      expect(seen).toHaveLength(cyclesBefore + 1);
      expect(seen.at(-1)?.generation).toBe(await generationNow());
    });

    it.each<[string, number, Step]>([
      ['a reload', 0, 'setWitness'],
      ['an extension', 1, 'extendWitness'],
    ])('%s vouches for a lease from the time before its snapshot, and no longer', async (_what, cyclesBefore, last) => {
      for (let n = 0; n < cyclesBefore; n += 1) await renewer.cycle();
      let timeMs = 0;
      renewer.setInterrupt((step) => {
        if (step === 'addRow') timeMs = ground.now();
        if (step === last) ground.advance(1_400);
      });
      await renewer.cycle();
      ground.advance(timeMs + leaseMs - 1 - ground.now());
      expect(await verdict()).toBe('spent');
      ground.advance(1);
      expect(await verdict()).toBe('untrusted');
    });
  });

  describe('ends a cycle with its first rejection, and repeats nothing of it:', () => {
    it.each<Step>(['openCycle', 'currentGeneration', 'timeOf', 'markUnderWitness', 'extendWitness'])(
      'an extension at %s',
      async (failing) => {
        await renewer.cycle();
        failAt(renewer, failing);
        const steps = await renewer.cycle();
        expect(protocolSteps(steps)).toEqual(extension.slice(0, extension.indexOf(failing) + 1));
        heal(renewer);
        expect(await verdict()).toBe('spent');
        expect(protocolSteps(await renewer.cycle())).toEqual(extension);
      },
    );

    it.each<Step>(reload)('a reload at %s', async (failing) => {
      failAt(renewer, failing);
      const steps = await renewer.cycle();
      const begun = ['openCycle', 'currentGeneration', 'currentGeneration'];
      expect(protocolSteps(steps).slice(0, 3)).toEqual(begun);
      expect(protocolSteps(steps).slice(3)).toEqual(reload.slice(0, reload.indexOf(failing) + 1));
      expect(await verdict()).toBe('untrusted');
      heal(renewer);
      const marks = renewer.marked.length;
      expect(protocolSteps(await renewer.cycle())).toEqual([...begun, ...reload]);
      expect(renewer.marked).toHaveLength(marks + 1);
      expect(await verdict()).toBe('spent');
    });

    it('a generation is never used for a second reload', async () => {
      failAt(renewer, 'setWitness');
      for (let n = 0; n < 3; n += 1) await renewer.cycle();
      const generations = (await rows()).flatMap(({ generation }) => generation ?? []);
      expect(new Set(generations).size).toBe(3);
    });
  });

  describe('marks', () => {
    it('changes committed since the last finished cycle, and all changes on a new generation', async () => {
      await ground.noteRevocation(keyOf(1));
      await transactionsOver(ground.databases);
      await renewer.cycle();
      await ground.noteRevocation(keyOf(2));
      await transactionsOver(ground.databases);
      await renewer.cycle();
      await renewer.cycle();
      ground.loseStore();
      await renewer.cycle();
      expect(renewer.marked.map((marks) => marks.map((mark) => 'keyId' in mark && mark.keyId))).toEqual([
        [keyOf(1)],
        [keyOf(2)],
        [],
        [keyOf(1), keyOf(2)],
      ]);
    });

    it('changes that a failed cycle had in its snapshot, again in the next one', async () => {
      await renewer.cycle();
      await ground.noteRevocation(keyOf(1));
      failAt(renewer, 'markUnderWitness');
      await renewer.cycle();
      heal(renewer);
      await renewer.cycle();
      expect(await verdict(1)).toBe('revoked');
    });

    it('the change of a transaction that was open during the snapshot before', async () => {
      await renewer.cycle();
      const begun = Promise.withResolvers<void>();
      const mayCommit = Promise.withResolvers<void>();
      const slow = ground.databases.main.transaction().execute(async (transaction) => {
        await transaction
          .insertInto('outbox')
          .values({ organization_id: organizationId, key_id: keyOf(1), epoch: null })
          .execute();
        begun.resolve();
        await mayCommit.promise;
      });
      await begun.promise;
      await ground.noteRevocation(keyOf(2));
      await renewer.cycle();
      expect([await verdict(1), await verdict(2)]).toEqual(['spent', 'revoked']);
      mayCommit.resolve();
      await slow;
      await renewer.cycle();
      expect(await verdict(1)).toBe('revoked');
    });

    it('all changes, when it takes up a generation that another instance has made', async () => {
      await ground.noteRevocation(keyOf(1));
      await renewer.cycle();
      const other = ground.addRenewer();
      await other.cycle();
      expect(other.marked).toEqual([[{ kind: 'key_revoked', keyId: keyOf(1) }]]);
      expect(await generationNow()).toBe((await rows()).findLast(({ generation }) => generation !== null)?.generation);
    });
  });

  describe('writes that a cycle is finished', () => {
    const changed = async () => {
      await ground.noteRevocation(keyOf(1));
      // The next cycle marks again any change that an older transaction could still make.
      await transactionsOver(ground.databases);
      await renewer.cycle();
    };

    it('at once when it has marked a change, because an acknowledgement may wait for that', async () => {
      await renewer.cycle();
      expect(await movesOn(changed)).toBe(true);
      expect((await rows()).at(-1)).toEqual({ generation: null, finished_snapshot_at: expect.any(Date) });
    });

    it('in the next one when it has marked nothing, or when the database fails', async () => {
      const twoCycles = async () => {
        for (let n = 0; n < 2; n += 1) await renewer.cycle();
      };
      await twoCycles();
      expect(await movesOn(() => renewer.cycle())).toBe(false);
      let marked = false;
      renewer.setInterrupt((step) => {
        marked ||= step === 'markUnderWitness';
        if (marked && step === 'addRow') throw new Error('addRow failed');
      });
      expect(await movesOn(changed)).toBe(false);
      heal(renewer);
      expect(await movesOn(() => renewer.cycle())).toBe(false);
      expect(await movesOn(twoCycles)).toBe(true);
    });

    it('not when it has failed', async () => {
      await renewer.cycle();
      failAt(renewer, 'extendWitness', 'readClock');
      expect(await movesOn(changed)).toBe(false);
    });
  });

  describe('beside another renewer', () => {
    let other: RenewerBench;
    beforeEach(() => {
      other = ground.addRenewer();
    });

    it('agrees on one generation, and the store vouches from then on', async () => {
      await Promise.all([renewer.cycle(), other.cycle()]);
      await renewer.cycle();
      const generation = await generationNow();
      for (let n = 0; n < 20; n += 1) {
        await Promise.all([renewer.cycle(), other.cycle()]);
        await ground.noteRevocation(keyOf(n));
        await (n % 2 === 0 ? renewer : other).cycle();
        expect([await verdict(n), await verdict(100)]).toEqual(['revoked', 'spent']);
        expect(await generationNow()).toBe(generation);
      }
    });

    it.each<[Step, string]>([
      ...extension.slice(2).map((step): [Step, string] => [step, 'an extension']),
      ...reload.map((step): [Step, string] => [step, 'a reload']),
    ])('does no harm when it stands still before %s of %s for longer than a lease', async (paused, what) => {
      if (what === 'an extension') await renewer.cycle();
      const reached = Promise.withResolvers<void>();
      const mayGoOn = Promise.withResolvers<void>();
      renewer.setInterrupt(async (step) => {
        if (step !== paused) return;
        reached.resolve();
        await mayGoOn.promise;
      });
      await renewer.begin();
      await reached.promise;
      await ground.noteRevocation(keyOf(1));
      ground.advance(slowPathMs);
      expect(await verdict()).toBe('untrusted');
      for (let n = 0; n < 2; n += 1) await other.cycle();
      expect([await verdict(), await verdict(1)]).toEqual(['spent', 'revoked']);
      heal(renewer);
      mayGoOn.resolve();
      await renewer.atRest();
      expect(await verdict(1)).toBe('revoked');
      await Promise.all([renewer.cycle(), other.cycle()]);
      await other.cycle();
      expect([await verdict(), await verdict(1)]).toEqual(['spent', 'revoked']);
    });

    it('makes no store vouch by a snapshot from before it stood still', async () => {
      await renewer.cycle();
      const reached = Promise.withResolvers<void>();
      const mayGoOn = Promise.withResolvers<void>();
      renewer.setInterrupt(async (step) => {
        if (step !== 'extendWitness') return;
        reached.resolve();
        await mayGoOn.promise;
      });
      await renewer.begin();
      await reached.promise;
      await ground.noteRevocation(keyOf(1));
      ground.advance(leaseMs);
      heal(renewer);
      mayGoOn.resolve();
      failAt(renewer, 'openCycle');
      await renewer.atRest();
      expect(await verdict(1)).not.toBe('spent');
    });
  });

  describe('while the database is away', () => {
    /** The store's time before the snapshot of the last finished cycle. */
    let lookedAtMs: number;
    const finishOne = async (bench = renewer) => {
      bench.setInterrupt((step) => {
        if (step === 'addRow') lookedAtMs = ground.now();
      });
      await bench.cycle();
    };

    it.each<[string, readonly Step[]]>([
      ['nothing can be written', databaseAway],
      ['rows can be written and nothing read', ['takeSnapshot']],
    ])('goes on for a minute after its last finished snapshot, to the millisecond, when %s', async (_what, failing) => {
      await finishOne();
      await finishOne();
      failAt(renewer, ...failing);
      while (ground.now() + cycleIntervalMs < lookedAtMs + outageExtensionMs) {
        expect(await renewer.cycle()).not.toContain('markUnderWitness');
        expect(await verdict()).toBe('spent');
      }
      ground.advance(lookedAtMs + outageExtensionMs - 1 - ground.now());
      expect(await verdict()).toBe('spent');
      ground.advance(1);
      expect(await verdict()).toBe('untrusted');
      for (let n = 0; n < 3; n += 1) {
        expect(await renewer.cycle()).not.toContain('extendWitness');
        expect(await verdict()).toBe('untrusted');
      }
      heal(renewer);
      await renewer.cycle();
      expect(await verdict()).toBe('spent');
    });

    it('counts from its own snapshot, not from that of another instance', async () => {
      const other = ground.addRenewer();
      await finishOne();
      failAt(renewer, ...databaseAway);
      for (let n = 0; n < 3; n += 1) await other.cycle();
      while (ground.now() + cycleIntervalMs < lookedAtMs + outageExtensionMs) {
        await renewer.cycle();
        expect(await verdict()).toBe('spent');
      }
      ground.advance(leaseMs);
      await renewer.cycle();
      expect(await verdict()).toBe('untrusted');
    });

    it('extends nothing that it has not confirmed: not the generation of another instance', async () => {
      await renewer.cycle();
      const other = ground.addRenewer();
      failAt(other, ...databaseAway);
      for (let n = 0; n < 3; n += 1) expect(await other.cycle()).not.toContain('extendWitness');
      ground.advance(leaseMs - 3 * cycleIntervalMs);
      expect(await verdict()).toBe('untrusted');
    });

    it('extends nothing that it has not confirmed: not the next generation', async () => {
      await renewer.cycle();
      failAt(renewer, ...databaseAway);
      ground.loseStore();
      const cycle = await ground.stores.revocations.openCycle();
      const generation = newGeneration();
      await cycle.setWitness(generation, (await cycle.beginReload(generation)) + leaseMs);
      expect(await renewer.cycle()).not.toContain('extendWitness');
      expect(await verdict()).toBe('spent');
      ground.advance(leaseMs);
      for (let n = 0; n < 2; n += 1) await renewer.cycle();
      expect(await verdict()).toBe('untrusted');
    });

    it('keeps its right when the store, too, is away for a moment', async () => {
      await finishOne();
      failAt(renewer, ...databaseAway);
      await renewer.cycle();
      failAt(renewer, ...databaseAway, 'openCycle');
      await renewer.cycle();
      failAt(renewer, ...databaseAway);
      expect(await renewer.cycle()).toContain('extendWitness');
      expect(await verdict()).toBe('spent');
    });

    it('has no right left after it has moved on without the store', async () => {
      await finishOne();
      failAt(renewer, 'openCycle');
      expect(await movesOn(() => renewer.cycle())).toBe(true);
      failAt(renewer, ...databaseAway);
      for (let n = 0; n < 2; n += 1) expect(await renewer.cycle()).not.toContain('extendWitness');
    });
  });

  describe('without the store', () => {
    it.each<Step>(['openCycle', 'currentGeneration', 'timeOf', 'markUnderWitness', 'extendWitness'])(
      'moves on in the very cycle in which %s fails, under no generation',
      async (failing) => {
        await renewer.cycle();
        failAt(renewer, failing);
        expect(await movesOn(() => renewer.cycle())).toBe(true);
        expect((await rows()).at(-1)).toEqual({ generation: null, finished_snapshot_at: expect.any(Date) });
      },
    );

    it.each<Step>(['beginReload', 'markUnderClaim', 'setWitness'])('moves on when %s fails', async (failing) => {
      failAt(renewer, failing);
      expect(await movesOn(() => renewer.cycle())).toBe(true);
    });

    it('moves on when its reload fails', async () => {
      renewer.setInterrupt((step) => {
        if (step === 'setWitness') ground.advance(leaseMs);
      });
      expect(await movesOn(() => renewer.cycle())).toBe(true);
      expect(await verdict()).toBe('untrusted');
    });

    it('does not close the fast path of others', async () => {
      failAt(renewer, 'openCycle');
      await renewer.cycle();
      expect((await ground.ledger.readRenewals()).onlyGenerationIs(newGeneration())).toBe(true);
    });

    it.each<[string, readonly Step[]]>([
      ['the store', ['openCycle']],
      ['the database, while it goes on extending,', databaseAway],
    ])('says once that %s is away, and once that it is back', async (_what, failing) => {
      for (let n = 0; n < 2; n += 1) await renewer.cycle();
      failAt(renewer, ...failing);
      for (let n = 0; n < 3; n += 1) await renewer.cycle();
      heal(renewer);
      for (let n = 0; n < 3; n += 1) await renewer.cycle();
      const told = renewer.logLines.flatMap((line) => /"at":"(renewal_\w+)"/.exec(line)?.[1] ?? []);
      expect(told).toEqual(['renewal_failed', 'renewal_recovered']);
    });
  });

  describe('never vouches for a store that may evict markers:', () => {
    const mayEvict = (bench: RenewerBench) => {
      const { openCycle } = ground.stores.revocations;
      Object.assign(ground.stores.revocations, {
        openCycle: async () => ({ ...(await openCycle()), mayEvict: async () => true }),
      });
      return bench;
    };

    it('no reload, and a row that says so', async () => {
      mayEvict(renewer);
      expect(await movesOn(() => renewer.cycle())).toBe(true);
      for (let n = 0; n < 2; n += 1) expect(protocolSteps(await renewer.cycle())).toEqual(['openCycle']);
      expect(await verdict()).toBe('untrusted');
      expect(renewer.logLines.join('')).toContain('set its maxmemory-policy to noeviction');
    });

    it('no extension after the next check of the policy, once a minute', async () => {
      await renewer.cycle();
      mayEvict(renewer);
      const looks: number[] = [];
      for (let n = 1; n <= choresEveryCycles + 1; n += 1)
        if ((await renewer.cycle()).includes('mayEvict')) looks.push(n);
      expect(looks.length).toBeGreaterThan(0);
      ground.advance(leaseMs);
      expect(await verdict()).toBe('untrusted');
    });
  });

  describe('once a minute', () => {
    const addKey = async () => {
      const accounts = createAccountStore(ground.databases.main);
      const owner = newUserId();
      await accounts.addUser({ id: owner, email: 'owner@example.test', name: 'Some One', passwordHash: 'none' });
      await accounts.addOrganization({
        id: organizationId,
        name: 'A',
        plan: 'startup',
        members: [{ userId: owner, role: 'owner' }],
      });
      const hash = hashApiKey(generateApiKey());
      await ground.store.add({
        id: keyOf(1),
        organizationId,
        name: 'x',
        hash,
        lastFour: '0000',
        scopes: ['sites:read'],
        expiresAt: null,
        createdBy: owner,
      });
      return hash;
    };

    it('revokes what has a marker and no revocation, and marks it on', async () => {
      const hash = await addKey();
      await renewer.cycle();
      await waitFor(() => renewer.steps().includes('visitMarks'), { deadlineMs, what: 'the first chores' });
      await ground.stores.revocations.mark([{ kind: 'key_revoked', keyId: keyOf(1) }]);
      expect(await ground.store.introspect(hash)).toMatchObject({ active: true });
      for (let n = 0; n < choresEveryCycles; n += 1) await renewer.cycle();
      await waitFor(async () => !(await ground.store.introspect(hash)).active, { deadlineMs, what: 'the revocation' });
      expect(renewer.logLines.join('')).toContain('"at":"revocations_restored","keys":1,"organizations":0');
      ground.loseStore();
      await renewer.cycle();
      expect(await verdict(1)).toBe('revoked');
    });

    it('raises an epoch that the store knows to be higher, so that gateways ask again', async () => {
      await addKey();
      await renewer.cycle();
      await waitFor(() => renewer.steps().includes('visitMarks'), { deadlineMs, what: 'the first chores' });
      await ground.stores.revocations.mark([{ kind: 'organization_changed', organizationId, epoch: 7 }]);
      for (let n = 0; n < choresEveryCycles; n += 1) await renewer.cycle();
      const epoch = () =>
        ground.databases.main
          .selectFrom('organizations')
          .select('epoch')
          .where('id', '=', organizationId)
          .executeTakeFirstOrThrow();
      await waitFor(async () => (await epoch()).epoch === 8, { deadlineMs, what: 'the higher epoch' });
      expect(renewer.logLines.join('')).toContain('"at":"revocations_restored","keys":0,"organizations":1');
      await renewer.cycle();
      const known = { keyId: keyOf(1), organizationId, expiresAtMs: undefined, policy };
      expect((await ground.stores.admission.spend({ ...known, epoch: 7 })).verdict).toBe('stale');
      expect((await ground.stores.admission.spend({ ...known, epoch: 8 })).verdict).toBe('spent');
      for (let n = 0; n < choresEveryCycles; n += 1) await renewer.cycle();
      expect(await epoch()).toEqual({ epoch: 8 });
    });

    it('does its chores beside the renewal: they never hold it up', async () => {
      const mayEnd = Promise.withResolvers<void>();
      renewer.setInterrupt((step) => (step === 'visitMarks' ? mayEnd.promise : undefined));
      for (let n = 0; n < 2 * choresEveryCycles; n += 1) {
        await renewer.cycle();
        expect(await verdict()).toBe('spent');
      }
      mayEnd.resolve();
    });
  });

  describe('when it stops', () => {
    const lastRow = async () => (await rows()).at(-1)?.finished_snapshot_at;

    it('leaves, and is waited for no longer than a lease', async () => {
      await renewer.cycle();
      expect(await movesOn(() => renewer.stop())).toBe(true);
      expect(await lastRow()).toBe(Number.POSITIVE_INFINITY);
    });

    it('leaves only after the cycle in progress, and begins no other', async () => {
      await renewer.cycle();
      const mayGoOn = Promise.withResolvers<void>();
      renewer.setInterrupt((step) => (step === 'extendWitness' ? mayGoOn.promise : undefined));
      await renewer.begin();
      await waitFor(() => renewer.steps().includes('extendWitness'), { deadlineMs, what: 'the last step' });
      const stopped = renewer.stop();
      expect(renewer.steps()).not.toContain('leave');
      mayGoOn.resolve();
      await stopped;
      expect(protocolSteps(renewer.steps()).slice(-2)).toEqual(['extendWitness', 'leave']);
    });

    it('leaves no last row when the database is away', async () => {
      await renewer.cycle();
      failAt(renewer, ...databaseAway);
      await renewer.stop();
      expect(await lastRow()).not.toBe(Number.POSITIVE_INFINITY);
      expect(renewer.logLines.join('')).toContain('ledger_not_left');
    });
  });

  it('tells in its metrics whether the store vouches, and how long a change waited', async () => {
    const metric = async (name: string) => (await renewer.registry.getSingleMetricAsString(name)) ?? '';
    await ground.noteRevocation(keyOf(1));
    await renewer.cycle();
    expect(await metric('witness_trusted')).toContain('witness_trusted 1');
    // Marks that a reload writes again are no lag.
    expect(await metric('revocation_lag_seconds')).toContain('revocation_lag_seconds_count 0');
    await ground.noteRevocation(keyOf(2));
    await renewer.cycle();
    expect(await metric('revocation_lag_seconds')).toContain('revocation_lag_seconds_count 1');
    failAt(renewer, 'openCycle');
    await renewer.cycle();
    expect(await metric('witness_trusted')).toContain('witness_trusted 0');
  });
});

function without(steps: readonly Step[], ...left: readonly Step[]): readonly Step[] {
  return steps.filter((step) => !left.includes(step));
}

/**
 * The steps without the chores, without the first check of the eviction policy, and without those that follow a
 * failure.
 */
function protocolSteps(steps: readonly Step[]): readonly Step[] {
  const failed = steps.indexOf('readClock');
  const ofCycle = failed === -1 ? steps : steps.slice(0, failed);
  return without(ofCycle, 'mayEvict', 'prune', 'visitMarks', 'restore');
}

import { type Mark, newGeneration } from '@engagetrack/admission-store';
import { Problem } from '@engagetrack/contracts';
import { describeWithPostgres, waitFor } from '@engagetrack/test-ground/stores';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createAcknowledge } from '../src/acknowledgement.ts';
import { driftMs, leaseMs, slowPathMs } from '../src/lease.ts';
import { keyOf, openRenewalGround, organizationId, type RenewalGround, type RenewerBench } from './renewal-bench.ts';

type Step = 'mark' | 'readClock' | 'readRenewals';

const marks: readonly Mark[] = [{ kind: 'key_revoked', keyId: keyOf(1) }];
const patienceMs = 8_000;
const deadlineMs = 5_000;
/** Calls. After this many the test takes a question as unanswered. */
const looks = 5;

describeWithPostgres('an acknowledgement', () => {
  let ground: RenewalGround;
  let renewer: RenewerBench;
  let monotonicMs: number;
  let steps: Step[];
  let clocksRead: number;
  let interrupt: (step: Step) => void | Promise<void>;
  beforeAll(async () => {
    ground = await openRenewalGround();
  });
  beforeEach(() => {
    renewer = ground.addRenewer();
    monotonicMs = 1_000_000;
    steps = [];
    clocksRead = 0;
    interrupt = () => undefined;
  });
  afterEach(() => ground.clear());
  afterAll(() => ground.close());

  const at = async <Result>(step: Step, run: () => Promise<Result>): Promise<Result> => {
    steps.push(step);
    await interrupt(step);
    return run();
  };
  /** Begins an acknowledgement. The ledger and the store are real; the test moves the clock. */
  const begin = (changes = marks) => {
    const { ledger } = ground;
    const acknowledge = createAcknowledge({
      monotonicNow: () => monotonicMs,
      revocations: {
        ...ground.stores.revocations,
        mark: (all) => at('mark', () => ground.stores.revocations.mark(all)),
      },
      ledger: {
        ...ledger,
        readClock: (by) =>
          at('readClock', async () => {
            const now = await ledger.readClock(by);
            clocksRead += 1;
            return now;
          }),
        readRenewals: () => at('readRenewals', () => ledger.readRenewals()),
      },
    });
    let outcome: 'certain' | Problem | undefined;
    const ended = acknowledge(changes).then(
      () => {
        outcome = 'certain';
      },
      (error: unknown) => {
        if (!(error instanceof Problem)) throw error;
        outcome = error;
      },
    );
    return { ended, outcome: () => outcome };
  };
  const asked = (step: Step, times = looks) => {
    const before = count(step);
    return waitFor(() => count(step) >= before + times, { deadlineMs, what: `${step} to be asked` });
  };
  /** An instance that moves on after this has moved on from the commit. */
  const clockIsRead = () => waitFor(() => clocksRead > 0, { deadlineMs, what: 'the clock to be read' });
  const count = (step: Step) => steps.filter((each) => each === step).length;
  const failAt = (...failing: readonly Step[]) => {
    interrupt = (step) => {
      if (failing.includes(step)) throw new Error(`${step} failed`);
    };
  };

  describe('on the fast path', () => {
    it('comes at once when the marks are in the store and no other generation was renewed', async () => {
      await renewer.cycle();
      const { ended, outcome } = begin();
      await ended;
      expect(outcome()).toBe('certain');
      expect(await ground.verdict(keyOf(1))).toBe('revoked');
      expect(steps.filter((step) => step !== 'readClock')).toEqual(['mark', 'readRenewals']);
    });

    it('is open to an instance that never renews, while any others do', async () => {
      for (const each of [renewer, ground.addRenewer(), renewer]) await each.cycle();
      const { ended, outcome } = begin();
      await ended;
      expect(outcome()).toBe('certain');
    });

    it('writes every mark, of keys and of organizations', async () => {
      await renewer.cycle();
      const { ended } = begin([...marks, { kind: 'organization_changed', organizationId, epoch: 2 }]);
      await ended;
      expect([await ground.verdict(keyOf(1)), await ground.verdict(keyOf(2))]).toEqual(['revoked', 'stale']);
    });

    it('asks the ledger only once the marks are written', async () => {
      await renewer.cycle();
      interrupt = async (step) => {
        if (step === 'readRenewals') expect(await ground.verdict(keyOf(1))).toBe('revoked');
      };
      const { ended, outcome } = begin();
      await ended;
      expect(outcome()).toBe('certain');
    });

    it('comes later too, as soon as the store is back', async () => {
      await renewer.cycle();
      failAt('mark');
      const { ended, outcome } = begin();
      await asked('mark');
      expect(outcome()).toBeUndefined();
      interrupt = () => undefined;
      await ended;
      expect(outcome()).toBe('certain');
      expect(count('readRenewals')).toBe(1);
    });

    it.each<[string, () => unknown]>([
      ['the store vouches for nothing', () => ground.loseStore()],
      ['the store fails', () => failAt('mark')],
      ['the ledger fails', () => failAt('readRenewals')],
      [
        'another generation was renewed within the window',
        () => ground.ledger.addRow({ instance: 'other', generation: newGeneration(), finishedSnapshotAt: undefined }),
      ],
    ])('is not taken when %s', async (_what, spoil) => {
      await renewer.cycle();
      await spoil();
      const { ended, outcome } = begin();
      await asked('mark');
      expect(outcome()).toBeUndefined();
      monotonicMs += patienceMs;
      await ended;
      expect(outcome()).toBeInstanceOf(Problem);
    });
  });

  describe('on the slow path', () => {
    /** Writes that every instance moved on a lease ago. */
    const allMoveOn = async () => {
      await renewer.cycle();
      await renewer.cycle();
      await ground.ageLedger(slowPathMs);
    };

    it.each(['fails', 'does not answer'] as const)(
      'comes when a lease and the drift have passed since the commit, and not a moment before, while the store %s',
      async (how) => {
        await renewer.cycle();
        interrupt = (step) => {
          if (step !== 'mark') return undefined;
          if (how === 'fails') throw new Error('connection lost');
          return new Promise(() => undefined);
        };
        const { ended, outcome } = begin();
        await clockIsRead();
        await allMoveOn();
        monotonicMs += leaseMs + driftMs - 1;
        if (how === 'fails') await asked('mark');
        expect([outcome(), count('readRenewals')]).toEqual([undefined, 0]);
        monotonicMs += 1;
        await ended;
        expect(outcome()).toBe('certain');
      },
    );

    it('waits for every instance to move on', async () => {
      await renewer.cycle();
      failAt('mark');
      const { ended, outcome } = begin();
      await clockIsRead();
      monotonicMs += slowPathMs;
      await asked('readRenewals');
      expect(outcome()).toBeUndefined();
      await allMoveOn();
      await ended;
      expect(outcome()).toBe('certain');
    });

    it('is measured by the database’s clock after the commit: an earlier row does not count', async () => {
      await allMoveOn();
      failAt('mark');
      const { ended, outcome } = begin();
      monotonicMs += slowPathMs;
      await asked('readRenewals');
      expect(outcome()).toBeUndefined();
      await allMoveOn();
      await ended;
      expect(outcome()).toBe('certain');
    });

    it('survives a database that is away for a moment, in each step', async () => {
      await renewer.cycle();
      failAt('mark', 'readClock', 'readRenewals');
      const { ended, outcome } = begin();
      monotonicMs += slowPathMs;
      await asked('readClock', 2);
      failAt('mark', 'readRenewals');
      await asked('readRenewals', 2);
      expect(outcome()).toBeUndefined();
      failAt('mark');
      await allMoveOn();
      await ended;
      expect(outcome()).toBe('certain');
    });

    it('begins anew for a repetition', async () => {
      await renewer.cycle();
      failAt('mark');
      const first = begin();
      await clockIsRead();
      monotonicMs += slowPathMs;
      await allMoveOn();
      await first.ended;
      expect(first.outcome()).toBe('certain');

      steps = [];
      const again = begin();
      await asked('mark');
      expect([again.outcome(), count('readRenewals')]).toEqual([undefined, 0]);
      monotonicMs += slowPathMs;
      await asked('readRenewals');
      expect(again.outcome()).toBeUndefined();
      await allMoveOn();
      await again.ended;
      expect(again.outcome()).toBe('certain');
    });
  });

  it('is refused with 503 after its deadline, with the failure as its cause', async () => {
    await renewer.cycle();
    failAt('mark', 'readRenewals');
    const { ended, outcome } = begin();
    monotonicMs += patienceMs - 1;
    await asked('readRenewals');
    expect(outcome()).toBeUndefined();
    monotonicMs += 1;
    await ended;
    expect(outcome()).toMatchObject({
      status: 503,
      reason: 'not_certain_yet',
      cause: { message: 'readRenewals failed' },
    });
  });

  it('is not taken back by a mark that arrives after the refusal, nor does it end the process', async () => {
    await renewer.cycle();
    const mayMark = Promise.withResolvers<void>();
    interrupt = (step) => (step === 'mark' ? mayMark.promise : undefined);
    const { ended, outcome } = begin();
    monotonicMs += patienceMs;
    await ended;
    expect(outcome()).toBeInstanceOf(Problem);
    mayMark.resolve();
    await waitFor(async () => (await ground.verdict(keyOf(1))) === 'revoked', { deadlineMs, what: 'the late mark' });
    expect(outcome()).toBeInstanceOf(Problem);
  });
});

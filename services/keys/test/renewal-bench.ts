import {
  createMemoryStores,
  type KeyKnowledge,
  type Mark,
  type RenewalCycle,
  type RevocationStore,
} from '@engagetrack/admission-store';
import { type ApiKeyId, apiKeyIdSchema, organizationIdSchema } from '@engagetrack/contracts';
import { createLogger } from '@engagetrack/service-chassis';
import { createTestDatabase } from '@engagetrack/test-ground/stores';
import { sql } from 'kysely';
import { Registry } from 'prom-client';
import { type ApiKeyStore, createApiKeyStore } from '../src/api-key-store.ts';
import { createLedgerStore, type KeysDatabases, migrate, openPostgres } from '../src/index.ts';
import { cycleIntervalMs } from '../src/lease.ts';
import type { LedgerStore } from '../src/ledger-store.ts';
import { createKeysMetrics } from '../src/metrics.ts';
import { createWitnessRenewer, type WitnessRenewer } from '../src/witness-renewer.ts';
import { reachable } from './reachable.ts';

/** A renewer's steps, by the protocol's names. */
export type Step =
  | 'openCycle'
  | keyof RenewalCycle
  | 'addRow'
  | 'takeSnapshot'
  | 'readClock'
  | 'leave'
  | 'prune'
  | 'visitMarks'
  | 'restore';

/** Runs before a step: a throw makes the step fail without being done, a wait makes it late. */
export type Interrupt = (step: Step) => void | Promise<void>;

export const organizationId = organizationIdSchema.parse('org_a');
export const policy = { name: 'standard', quota: 600, windowSeconds: 60 };

export type RenewalGround = Awaited<ReturnType<typeof openRenewalGround>>;
export type RenewerBench = ReturnType<typeof createBench>;

/** A real Postgres, the store in memory under a clock that the test moves, and any number of renewers on them. */
export async function openRenewalGround() {
  const database = await createTestDatabase();
  const databases = openPostgres(database.url, createLogger({ service: 'keys', level: 'silent' }));
  await reachable(databases);
  await migrate(databases.main);
  const ledger = createLedgerStore(databases);
  const store = createApiKeyStore(databases);
  let clockMs = Date.UTC(2026, 2, 14, 12, 0, 0);
  let stores = createMemoryStores(() => clockMs);
  const renewers: RenewerBench[] = [];
  let added = 0;

  return {
    databases,
    ledger,
    store,
    get stores() {
      return stores;
    },
    now: () => clockMs,
    advance: (ms: number) => {
      clockMs += ms;
    },
    /** The store comes back without anything, as after a restart. */
    loseStore: () => {
      stores = createMemoryStores(() => clockMs);
    },
    verdict: async (keyId: ApiKeyId) => (await stores.admission.spend({ ...knownKey(keyId), policy })).verdict,
    /** Commits a revocation in the database, without an announcement. */
    noteRevocation: async (keyId: ApiKeyId) => {
      await databases.main
        .insertInto('outbox')
        .values({ organization_id: organizationId, key_id: keyId, epoch: null })
        .execute();
    },
    /** Makes rows of the ledger look older, because a test cannot move the database's clock. */
    ageLedger: async (ms: number) => {
      await sql`UPDATE witness_ledger SET started_at = started_at - ${ms} * interval '1 millisecond'`.execute(
        databases.main,
      );
    },
    addRenewer: () => {
      added += 1;
      const renewer = createBench({
        instance: `instance-${added}`,
        databases,
        ledger,
        store,
        revocations: () => stores.revocations,
        pass: (ms) => {
          clockMs += ms;
        },
      });
      renewers.push(renewer);
      return renewer;
    },
    /** An empty ledger and an empty store, with no renewers on them. */
    clear: async () => {
      await Promise.all(renewers.splice(0).map((renewer) => renewer.end()));
      await ledger.forget();
      for (const table of ['outbox', 'api_keys', 'members', 'organizations', 'users'] as const)
        await databases.main.deleteFrom(table).execute();
      stores = createMemoryStores(() => clockMs);
    },
    close: async () => {
      await databases.close();
      await database.drop();
    },
  };
}

interface BenchParts {
  readonly instance: string;
  readonly databases: KeysDatabases;
  readonly ledger: LedgerStore;
  readonly store: ApiKeyStore;
  readonly revocations: () => RevocationStore;
  /** Lets time pass on the store's clock. */
  readonly pass: (ms: number) => void;
}

/**
 * One renewer that runs a cycle when the test says so. Half a second of the test's clock passes at the beginning of
 * each; no real time is waited for.
 */
function createBench({ instance, ledger, store, revocations, pass }: BenchParts) {
  let steps: Step[] = [];
  const marked: Mark[][] = [];
  let interrupt: Interrupt = () => undefined;
  let monotonicMs = 0;
  /** `rest` resolves when the renewer waits for its next cycle, `go` when it may begin it. */
  let rest = Promise.withResolvers<void>();
  let go = Promise.withResolvers<void>();
  const logLines: string[] = [];
  const registry = new Registry();

  const at = async <Result>(step: Step, run: () => Promise<Result>): Promise<Result> => {
    steps.push(step);
    await interrupt(step);
    return run();
  };
  const atMarks = (step: Step, marks: readonly Mark[], write: () => Promise<boolean>): Promise<boolean> =>
    at(step, () => {
      marked.push([...marks]);
      return write();
    });
  const interrupted = (cycle: RenewalCycle): RenewalCycle => ({
    mayEvict: () => at('mayEvict', () => cycle.mayEvict()),
    currentGeneration: () => at('currentGeneration', () => cycle.currentGeneration()),
    timeOf: (g) => at('timeOf', () => cycle.timeOf(g)),
    markUnderWitness: (g, marks) => atMarks('markUnderWitness', marks, () => cycle.markUnderWitness(g, marks)),
    extendWitness: (g, untilMs) => at('extendWitness', () => cycle.extendWitness(g, untilMs)),
    beginReload: (g) => at('beginReload', () => cycle.beginReload(g)),
    markUnderClaim: (g, marks) => atMarks('markUnderClaim', marks, () => cycle.markUnderClaim(g, marks)),
    setWitness: (g, untilMs) => at('setWitness', () => cycle.setWitness(g, untilMs)),
  });
  const renewer: WitnessRenewer = createWitnessRenewer({
    instance,
    monotonicNow: () => monotonicMs,
    ledger: {
      ...ledger,
      addRow: (row) => at('addRow', () => ledger.addRow(row)),
      takeSnapshot: (since) => at('takeSnapshot', () => ledger.takeSnapshot(since)),
      readClock: (by) => at('readClock', () => ledger.readClock(by)),
      leave: (name) => at('leave', () => ledger.leave(name)),
      prune: () => at('prune', () => ledger.prune()),
    },
    revocations: {
      mark: (marks) => revocations().mark(marks),
      openCycle: async () => {
        rest.resolve();
        await go.promise;
        monotonicMs += cycleIntervalMs;
        pass(cycleIntervalMs);
        return at('openCycle', async () => interrupted(await revocations().openCycle()));
      },
      visitMarks: (visit) => at('visitMarks', () => revocations().visitMarks(visit)),
    },
    store: { ...store, restore: (marks) => at('restore', () => store.restore(marks)) },
    metrics: createKeysMetrics(registry),
    log: createLogger({ service: 'keys', level: 'trace', stream: { write: (line) => logLines.push(line) } }),
  });
  renewer.start();

  return {
    instance,
    registry,
    logLines,
    /** The marks of each write, oldest first. */
    marked,
    setInterrupt: (next: Interrupt) => {
      interrupt = next;
    },
    /** Lets the next cycle begin; resolves with its steps once the renewer waits for the cycle after it. */
    cycle: async (): Promise<readonly Step[]> => {
      await begin();
      await rest.promise;
      return steps.slice();
    },
    /** Lets the next cycle begin; resolves at once. */
    begin,
    /** Resolves once the current cycle is over. */
    atRest: () => rest.promise,
    steps: (): readonly Step[] => steps,
    /** Stops as the service does; a waiting renewer runs one more cycle. */
    stop: () => {
      go.resolve();
      return renewer.stop();
    },
    end: async () => {
      interrupt = () => undefined;
      go.resolve();
      await renewer.stop();
    },
  };

  async function begin(): Promise<void> {
    await rest.promise;
    const admitted = go;
    rest = Promise.withResolvers();
    go = Promise.withResolvers();
    steps = [];
    admitted.resolve();
  }
}

export function keyOf(number: number): ApiKeyId {
  return apiKeyIdSchema.parse(`key_${number}`);
}

function knownKey(keyId: ApiKeyId): KeyKnowledge {
  return { keyId, organizationId, epoch: 1, expiresAtMs: undefined };
}

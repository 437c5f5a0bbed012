import { setTimeout as delay } from 'node:timers/promises';
import { inParallel } from '@engagetrack/test-ground';
import type { Fault } from '../faults/fault.ts';
import { checkHistory } from '../history/check-history.ts';
import { listCuts } from '../history/check-streams.ts';
import type { Call, History } from '../history/history.ts';
import { indexHistory, isSuccess } from '../history/history-index.ts';
import { createHistoryRecorder } from '../history/record-history.ts';
import type { Violation } from '../history/violation.ts';
import { keyUrl } from './addresses.ts';
import { createCourse } from './course.ts';
import type { ProvingGround } from './proving-ground.ts';
import {
  type Acknowledgement,
  createRecordedClient,
  type RecordedClient,
  type RecordedKey,
} from './recorded-client.ts';
import { prepareKeys, type RoundKeys, type RoundSize } from './round-keys.ts';
import { changePlans, exceedLimits, revokeKeys, type TrafficParts, useControlKeys, useUnseenKeys } from './traffic.ts';

export interface RoundOptions {
  readonly fault: Fault;
  readonly holdMs: number;
  readonly size: RoundSize;
  /** The number within the run, from which the round's nonces and choices are made. */
  readonly number: number;
}

export interface RoundResult {
  readonly fault: Fault;
  readonly history: History;
  readonly violations: readonly Violation[];
  readonly revocations: readonly Acknowledgement[];
  readonly planChanges: readonly Acknowledgement[];
  /** Requests of keys that every gateway knew, while the fault lasted and until it had healed. */
  readonly knownCalls: readonly Call[];
  /** Requests of keys that no gateway knew, while the fault lasted. */
  readonly missedCalls: readonly Call[];
  /** Milliseconds by which answers in progress outlived their key; undefined for one that still runs. */
  readonly cutsMs: readonly (number | undefined)[];
  /** Keys that were revoked and acknowledged: no gateway may ever admit them again. */
  readonly deadKeys: readonly RecordedKey[];
  /** Services that do not run at the end, without having been ended for good. */
  readonly endedServices: readonly string[];
  readonly tookMs: number;
}

export const quota = 600;
const healDeadlineMs = 30_000;
const sweepConcurrency = 16;
const sweepAttemptsMax = 20;
const sweepRetryMs = 100;

/** Runs one fault, from a healthy product to a healthy product, and judges the history. */
export async function runRound(ground: ProvingGround, options: RoundOptions): Promise<RoundResult> {
  const { fault, holdMs, size, number } = options;
  const startedAtMs = ground.now();
  const random = ground.random.fork(`round ${number}`);
  const recorder = createHistoryRecorder(ground.now);
  const client = createRecordedClient({
    ...ground,
    recorder,
    random: random.fork('client'),
    noncePrefix: `r${number}`,
  });
  ground.upstream.takeArrivals();

  const keys = await prepareKeys(client, ground, size);
  const armed = await fault.arm({
    ...ground,
    random: random.fork('fault'),
    gatewayThawed: (gateway, fromMs) => recorder.froze({ gateway, fromMs, untilMs: ground.now() }),
  });
  const course = createCourse(random.fork('course'), holdMs, size.spanMinMs);
  const parts = (name: string): TrafficParts => ({ client, course, random: random.fork(name) });
  const revoking = revokeKeys([...keys.revoked, ...keys.streaming], parts('revoke'));
  const using = useControlKeys(keys.control, parts('control'));
  const missing = useUnseenKeys(keys.unseen, parts('unseen'));
  const changing = changePlans(fault.promises.restoresPlans ? [] : keys.planned, parts('plans'));
  const exceeding = exceedLimits(keys.limited, parts('limits'));

  await delay(course.faultAfterMs);
  recorder.note(`${fault.what} begins`);
  await armed.inject();
  const injectedAtMs = ground.now();
  recorder.note(`${fault.what} injected`);
  course.markInjected();
  await delay(holdMs);
  await armed.heal();
  recorder.note('healed');
  course.markHealed();

  const missedCalls = await missing;
  const healthy = await becomesHealthy(client, keys);
  if (healthy) {
    recorder.note('healthy');
    recorder.healthy();
  }
  const revocations = await revoking;
  course.markOver();
  const [calls, planChanges] = await Promise.all([using, changing, exceeding]);
  // A product that has not healed cannot give a last answer.
  if (healthy) await sweep(client, keys);
  client.closeStreams();

  const history = recorder.finish(ground.upstream.takeArrivals());
  const { overAdmissionMax = 0 } = fault.promises;
  const dead = new Set(
    history.revocations.filter((each) => each.acknowledgedAtMs !== undefined).map((each) => each.keyId),
  );
  // Not awaited: after some faults an acknowledgement takes seconds, and these requests are not judged.
  void discard(ground, keys);
  return {
    fault,
    history,
    violations: checkHistory(history, { quota, overAdmissionMax }),
    revocations,
    planChanges,
    knownCalls: calls.filter(({ sentAtMs }) => sentAtMs >= injectedAtMs),
    missedCalls,
    cutsMs: listCuts(history, indexHistory(history)).map(({ tookMs }) => tookMs),
    deadKeys: [...keys.revoked, ...keys.streaming].filter(({ id }) => dead.has(id)),
    endedServices: endedServices(ground),
    tookMs: ground.now() - startedAtMs,
  };
}

/** A product is healthy when every gateway admits a key that it knows and one that it has never seen. */
async function becomesHealthy(client: RecordedClient, { control, unseen }: RoundKeys): Promise<boolean> {
  const deadlineMs = performance.now() + healDeadlineMs;
  const admits = async (key: RecordedKey | undefined, gateway: number): Promise<boolean> => {
    if (key === undefined) return false;
    while (performance.now() < deadlineMs) {
      if (isSuccess((await client.call(key, gateway)).outcome)) return true;
      await delay(sweepRetryMs);
    }
    return false;
  };
  const healthy = await Promise.all(
    Array.from({ length: client.gateways }, async (_, gateway) => {
      // Shifted, so that no gateway gets a key that it has seen during the fault.
      return (await admits(control[0], gateway)) && (await admits(unseen[(gateway + 1) % client.gateways], gateway));
    }),
  );
  return healthy.every((each) => each);
}

/** Sends one last request of every key, to a gateway each. */
async function sweep(client: RecordedClient, keys: RoundKeys): Promise<void> {
  const { unseen, planned, revoked, streaming, control, limited } = keys;
  const all = [...revoked, ...streaming, ...control, ...unseen, ...planned, ...limited];
  await inParallel(all, sweepConcurrency, async (key, n) => {
    for (let attempt = 0; attempt < sweepAttemptsMax; attempt += 1) {
      const { outcome } = await client.call(key, n % client.gateways);
      if (outcome === 401 || outcome === 429 || isSuccess(outcome)) return;
      await delay(sweepRetryMs);
    }
  });
}

function endedServices({ product: { gateways, keyServices } }: ProvingGround): string[] {
  return [...gateways, ...keyServices].filter(({ running }) => running.hasExited()).map(({ name }) => name);
}

/** Keeps the organizations below their limit of keys; these requests are not judged. */
async function discard({ product, sender, session }: ProvingGround, keys: RoundKeys): Promise<void> {
  const rest = [...keys.control, ...keys.unseen, ...keys.planned, ...keys.limited];
  await Promise.all(
    rest.map((key) => sender.send({ url: keyUrl(product, 0, key), method: 'DELETE', bearer: session })),
  );
}

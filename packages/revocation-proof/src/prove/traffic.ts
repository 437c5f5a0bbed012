import { setTimeout as delay } from 'node:timers/promises';
import type { SeededRandom } from '@engagetrack/test-ground';
import { inParallel } from '@engagetrack/test-ground';
import { limitedCallsInFlight } from '../faults/fault.ts';
import type { Call } from '../history/history.ts';
import type { Course } from './course.ts';
import type { Acknowledgement, RecordedClient, RecordedKey } from './recorded-client.ts';

export interface TrafficParts {
  readonly client: RecordedClient;
  readonly course: Course;
  readonly random: SeededRandom;
}

/**
 * Revokes each key at some time and calls every gateway at once, again after the fault, and now and then in between.
 * Half of the keys are not used until the fault has come, and some until it is over: a gateway that has refused a key
 * once has forgotten it, and the keys that every gateway still remembers are the ones most at risk, also when Redis is
 * trusted again.
 */
export function revokeKeys(keys: readonly RecordedKey[], parts: TrafficParts): Promise<Acknowledgement[]> {
  const { client, course, random } = parts;
  const gateways = Array.from({ length: client.gateways }, (_, gateway) => gateway);
  return Promise.all(
    keys.map(async (key) => {
      await delay(course.anyTimeMs(random));
      const acknowledgement = await client.revoke(key);
      if (!acknowledgement.acknowledged) return acknowledgement;
      if (random.next() < askedAfterwardsShare) {
        await course.healed;
        await delay(random.between(...trustedAgainMs));
        await client.callEverywhere(key);
        return acknowledgement;
      }
      const askedAtOnce = random.next() < askedAtOnceShare;
      const beforeFault = !course.isInjected();
      if (askedAtOnce) {
        await client.callEverywhere(key);
        await delay(random.between(0, betweenCallsMaxMs));
        await client.call(key, random.pick(gateways));
      }
      await course.injected;
      if (beforeFault || !askedAtOnce) await client.callEverywhere(key);
      await delay(random.between(0, betweenCallsMaxMs));
      await client.call(key, random.pick(gateways));
      await course.healed;
      await delay(random.between(0, betweenCallsMaxMs));
      await client.call(key, random.pick(gateways));
      return acknowledgement;
    }),
  );
}

/** Sends requests of live keys beside the revoked ones, one after the other, through all gateways in turn. */
export async function useControlKeys(keys: readonly RecordedKey[], { client, course }: TrafficParts): Promise<Call[]> {
  const made: Promise<Call>[] = [];
  let pending = 0;
  for (let n = 0; !course.isOver(); n += 1) {
    const key = keys[Math.floor(n / client.gateways) % keys.length];
    if (key !== undefined && pending < pendingControlCallsMax) {
      pending += 1;
      made.push(client.call(key, n % client.gateways).finally(() => (pending -= 1)));
    }
    await delay(betweenControlCallsMs);
  }
  return Promise.all(made);
}

/** Sends one request of each unseen key while the fault lasts. */
export function useUnseenKeys(keys: readonly RecordedKey[], { client, course, random }: TrafficParts): Promise<Call[]> {
  return Promise.all(
    keys.map(async (key, n) => {
      await course.injected;
      await delay(random.between(0, course.holdMs));
      return client.call(key, n % client.gateways);
    }),
  );
}

/** Downgrades and upgrades in turn until the fault is over, on the plan with access in the end. */
export async function changePlans(keys: readonly RecordedKey[], parts: TrafficParts): Promise<Acknowledgement[]> {
  const { client, course, random } = parts;
  const [first] = keys;
  if (first === undefined) return [];
  const acknowledgements: Acknowledgement[] = [];
  const change = async (plan: 'maker' | 'startup'): Promise<boolean> => {
    const acknowledgement = await client.setPlan(first.organizationId, plan);
    acknowledgements.push(acknowledgement);
    if (acknowledgement.acknowledged) await Promise.all(keys.map((key) => client.callEverywhere(key)));
    await delay(random.between(0, betweenPlansMaxMs));
    await client.callEverywhere(random.pick(keys));
    return acknowledgement.acknowledged;
  };
  let healed = false;
  void course.healed.then(() => {
    healed = true;
  });
  do {
    // After a change with an unknown result the next ones could not be judged.
    if (!(await change('maker')) || !(await change('startup'))) break;
  } while (!healed);
  return acknowledgements;
}

/** Sends more requests than a key may make, most of them before the fault, through all gateways at once. */
export async function exceedLimits(keys: readonly RecordedKey[], { client, course }: TrafficParts): Promise<void> {
  const spend = (key: RecordedKey, count: number): Promise<unknown> =>
    inParallel(Array.from({ length: count }), limitedCallsInFlight, async (_, n) => {
      if (!course.isOver()) await client.call(key, n % client.gateways, 'analytics');
    });
  for (const key of keys) {
    await spend(key, callsBeforeFault);
    await course.injected;
    await spend(key, callsAfterFault);
  }
}

const askedAtOnceShare = 0.5;
const askedAfterwardsShare = 0.25;
/** Milliseconds after the fault, about when a Redis that has lost its memory has been reloaded. */
const trustedAgainMs = [600, 1_500] as const;
const betweenCallsMaxMs = 300;
const betweenControlCallsMs = 20;
const pendingControlCallsMax = 256;
const betweenPlansMaxMs = 200;
const callsBeforeFault = 540;
const callsAfterFault = 180;

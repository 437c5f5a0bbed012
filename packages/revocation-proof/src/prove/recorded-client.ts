import { setTimeout as delay } from 'node:timers/promises';
import { createdApiKeySchema } from '@engagetrack/contracts';
import type { Product, SeededRandom } from '@engagetrack/test-ground';
import { nonceParameter } from '@engagetrack/test-ground';
import { waitFor } from '@engagetrack/test-ground/stores';
import type { Call, Outcome } from '../history/history.ts';
import { isSuccess } from '../history/history-index.ts';
import type { HistoryRecorder } from '../history/record-history.ts';
import { keysUrl, keyUrl, organizationUrl } from './addresses.ts';
import type { HttpSender, SentAnswer } from './http-sender.ts';

/** A caller that uses all gateways, and records its requests and their answers. */
export interface RecordedClient {
  /** The number of gateways. */
  readonly gateways: number;
  /** Repeats the request until the 201 arrives. @throws Error when the product does not create it in time. */
  createKey(organizationId: string): Promise<RecordedKey>;
  /** Creates a key and uses it until every gateway has admitted it. @throws Error when one refuses it for too long. */
  createKnownKey(organizationId: string): Promise<RecordedKey>;
  call(key: RecordedKey, gateway: number, policy?: Policy): Promise<Call>;
  /** Sends one call to each gateway, at once. */
  callEverywhere(key: RecordedKey): Promise<readonly Call[]>;
  /** Sends DELETEs through random gateways until one is acknowledged. @returns whether one was, in time. */
  revoke(key: RecordedKey): Promise<Acknowledgement>;
  /** Sends PUTs of the plan until one is acknowledged. */
  setPlan(organizationId: string, plan: 'maker' | 'startup'): Promise<Acknowledgement>;
  /** Opens an answer that continues until one side ends it; false when the request was refused. */
  openStream(key: RecordedKey, gateway: number): Promise<boolean>;
  closeStreams(): void;
}

export interface RecordedKey {
  readonly id: string;
  readonly organizationId: string;
  readonly secret: string;
}

export type Policy = 'standard' | 'analytics';

export interface Acknowledgement {
  readonly acknowledged: boolean;
  /** Milliseconds from the first attempt to the acknowledgement. */
  readonly tookMs: number;
  /** The outcomes of the attempts before it. */
  readonly refusals: readonly Outcome[];
}

export interface RecordedClientParts {
  readonly product: Product;
  readonly session: string;
  readonly sender: HttpSender;
  readonly recorder: HistoryRecorder;
  readonly random: SeededRandom;
  /** A monotonic clock, milliseconds. */
  readonly now: () => number;
  /** The beginning of every nonce, so that no two rounds share one. */
  readonly noncePrefix: string;
}

/**
 * Milliseconds between attempts, doubled each time: an outage of half a minute must not measure the load of hundreds of
 * retries.
 */
const retryAfterMs = { first: 50, longest: 1_000 };
/**
 * Milliseconds, longer than an acknowledgement that waits for a dead key service to leave the register. Then the client
 * stops trying.
 */
const attemptsDeadlineMs = 90_000;
/** Milliseconds, longer than the aftermath of a fault. A gateway that refuses a live key beyond them is broken. */
const admissionDeadlineMs = 15_000;
/** Milliseconds. The keys do not expire in the run, not even by a clock that is wrong. */
const keyLifetimeMs = 30 * 60_000;

export function createRecordedClient(parts: RecordedClientParts): RecordedClient {
  const { product, session, sender, recorder, random, now, noncePrefix } = parts;
  const numbers = [...product.gateways.keys()];
  const closers: (() => void)[] = [];
  let nonces = 0;

  const call = async (key: RecordedKey, gateway: number, policy: Policy = 'standard'): Promise<Call> => {
    const path = policy === 'standard' ? 'sites' : 'sites/site_1/analytics/stats';
    const { nonce, url } = target(key, gateway, path);
    const { outcome, windowEnd, sentAtMs, endedAtMs } = await sender.send({ url, bearer: key.secret });
    const made: Call = { nonce, keyId: key.id, gateway, policy, sentAtMs, endedAtMs, outcome, windowEnd };
    recorder.called(made);
    return made;
  };

  const createKey = async (organizationId: string): Promise<RecordedKey> => {
    const body = {
      name: 'Proof',
      scopes: ['analytics:read', 'sites:read'],
      expires_at: new Date(Date.now() + keyLifetimeMs).toISOString(),
    };
    const { answer, acknowledgement } = await insist(201, (gateway) =>
      sender.send({
        url: keysUrl(product, gateway, organizationId),
        method: 'POST',
        bearer: session,
        body,
      }),
    );
    if (answer === undefined)
      throw new Error(`The product has created no key in time; last answers ${acknowledgement.refusals.slice(-3)}`);
    const { id, key } = createdApiKeySchema.parse(JSON.parse(answer.text));
    recorder.created({ keyId: id, organizationId, acknowledgedAtMs: answer.endedAtMs });
    return { id, organizationId, secret: key };
  };

  /** A refused request tells a gateway nothing about the key, and the aftermath of an earlier fault may refuse one. */
  const becomesKnown = (key: RecordedKey, gateway: number): Promise<true> =>
    waitFor(async () => isSuccess((await call(key, gateway)).outcome), {
      deadlineMs: admissionDeadlineMs,
      what: `gateway ${gateway} to admit a new key`,
    });

  return {
    gateways: numbers.length,
    call,
    callEverywhere: (key) => Promise.all(numbers.map((gateway) => call(key, gateway))),
    createKey,
    createKnownKey: async (organizationId) => {
      const key = await createKey(organizationId);
      await Promise.all(numbers.map((gateway) => becomesKnown(key, gateway)));
      return key;
    },
    revoke: async ({ id, organizationId }) => {
      const revocation = recorder.revoking(id);
      const { answer, acknowledgement } = await insist(204, (gateway) =>
        sender.send({
          url: keyUrl(product, gateway, { id, organizationId }),
          method: 'DELETE',
          bearer: session,
        }),
      );
      if (answer !== undefined) revocation.acknowledged();
      return acknowledgement;
    },
    setPlan: async (organizationId, plan) => {
      const change = recorder.changingPlan(organizationId, plan);
      const { answer, acknowledgement } = await insist(200, (gateway) =>
        sender.send({
          url: `${organizationUrl(product, gateway, organizationId)}/plan`,
          method: 'PUT',
          bearer: session,
          body: { plan },
        }),
      );
      if (answer !== undefined) change.acknowledged();
      return acknowledgement;
    },
    openStream: async (key, gateway) => {
      const { nonce, url } = target(key, gateway, 'sites/site_1/analytics/live');
      const sentAtMs = now();
      const stream = await sender.open({ url, bearer: key.secret });
      closers.push(stream.close);
      if (stream.outcome !== 200) return false;
      const open = recorder.opened({ nonce, keyId: key.id, gateway, sentAtMs });
      void stream.ended.then(() => open.ended());
      return true;
    },
    closeStreams: () => {
      for (const close of closers) close();
    },
  };

  /** Sends through random gateways until the wanted status comes. */
  async function insist(wanted: number, send: (gateway: number) => Promise<SentAnswer>) {
    const startedAtMs = now();
    const refusals: Outcome[] = [];
    while (now() - startedAtMs < attemptsDeadlineMs) {
      const answer = await send(random.pick(numbers));
      if (answer.outcome === wanted) {
        const acknowledgement: Acknowledgement = {
          acknowledged: true,
          tookMs: answer.endedAtMs - startedAtMs,
          refusals,
        };
        return { answer, acknowledgement };
      }
      refusals.push(answer.outcome);
      await delay(Math.min(retryAfterMs.first * 2 ** (refusals.length - 1), retryAfterMs.longest));
    }
    const acknowledgement: Acknowledgement = { acknowledged: false, tookMs: now() - startedAtMs, refusals };
    return { answer: undefined, acknowledgement };
  }

  function target({ organizationId }: RecordedKey, gateway: number, path: string) {
    nonces += 1;
    const nonce = `${noncePrefix}-${nonces}`;
    return { nonce, url: `${organizationUrl(product, gateway, organizationId)}/${path}?${nonceParameter}=${nonce}` };
  }
}

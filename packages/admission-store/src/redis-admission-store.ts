import type { Redis } from 'ioredis';
import type { Admission, AdmissionStore, KeyKnowledge, OpenKeyState, Pulse } from './admission-store.ts';
import { type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.ts';
import { parseGeneration } from './generation.ts';
import { type GenerationScript, type GenerationScripts, scriptsOf } from './generation-scripts.ts';
import { redisKeys } from './redis-keys.ts';
import { withinDeadline } from './within-deadline.ts';

export interface RedisAdmissionStoreOptions {
  /** Milliseconds that a request waits for Redis. After that the caller asks the authority instead. */
  readonly deadlineMs: number;
}

export interface RedisAdmissionStore extends AdmissionStore {
  /** Resolves when Redis has answered for the first time, or when the deadline (milliseconds) has passed. */
  whenHeard(deadlineMs: number): Promise<void>;
  close(): void;
}

const failuresToOpen = 5;
const successesToClose = 3;
const probeIntervalMs = 100;

/**
 * The shared store of any number of gateways. Every call is one command, called by digest only: a Redis that does not
 * know the script of the generation is never given its text, it is not trusted. Nothing is sent twice.
 */
export function createRedisAdmissionStore(
  redis: Redis,
  { deadlineMs }: RedisAdmissionStoreOptions,
): RedisAdmissionStore {
  let scripts: GenerationScripts | undefined;
  let learning: Promise<void> | undefined;
  let latestTimeMs: number | undefined;
  let heldStream: Redis['stream'] | undefined;
  const firstHeard = Promise.withResolvers<void>();
  const breaker: CircuitBreaker = createCircuitBreaker({
    probe: async () => {
      await withinDeadline(redis.get(redisKeys.witness), deadlineMs, 'A probe of Redis');
    },
    failuresToOpen,
    successesToClose,
    probeIntervalMs,
  });
  const relearn = (): void => void learn().catch(() => undefined);
  redis.on('ready', relearn);
  if (redis.status === 'ready') relearn();

  return {
    spend: async ({ keyId, organizationId, epoch, expiresAtMs, policy, units = 1, carried }) => {
      const reply = await call('spend', [
        redisKeys.quota(keyId, policy.name),
        redisKeys.revoked(keyId),
        redisKeys.epoch(organizationId),
        epoch,
        expiresAtMs ?? '',
        policy.windowSeconds * 1000,
        carried?.windowEndMs ?? 0,
        carried?.seen ?? 0,
        carried?.unreported ?? 0,
        units,
      ]);
      const admission = parseAdmission(reply);
      if (admission.verdict === 'spent') heard(admission.nowMs);
      if (admission.verdict === 'untrusted') relearn();
      return admission;
    },
    pulse: async (gatewayId, openKeys) => {
      const pulse = parsePulse(
        await call('pulse', [redisKeys.gateways, gatewayId, ...openKeys.flatMap(openKeyArguments)]),
      );
      if (pulse.verdict === 'trusted') heard(pulse.nowMs);
      else relearn();
      return pulse;
    },
    latestTimeMs: () => latestTimeMs,
    whenHeard: (waitMs) => withinDeadline(firstHeard.promise, waitMs, 'Redis').catch(() => undefined),
    close: () => {
      breaker.close();
      redis.off('ready', relearn);
    },
  };

  /**
   * The reply of the script to its one key and its arguments; `['untrusted']` when Redis does not know it or the
   * breaker is open.
   */
  async function call(name: 'spend' | 'pulse', args: readonly (string | number)[]): Promise<unknown> {
    if (breaker.isOpen()) return ['untrusted'];
    return breaker.run(async () => {
      if (scripts === undefined) await learn();
      const script: GenerationScript | undefined = scripts?.[name];
      if (script === undefined) return ['untrusted'];
      try {
        holdUntilEndOfTurn();
        return await withinDeadline(redis.evalsha(script.digest, 1, ...args), deadlineMs, 'Redis');
      } catch (error) {
        if (!isNoScript(error)) throw error;
        scripts = undefined;
        return ['untrusted'];
      }
    });
  }

  /** All commands of one turn of the event loop leave in one write: the system call costs more than a command. */
  function holdUntilEndOfTurn(): void {
    const { stream } = redis;
    if (stream === undefined || stream === heldStream) return;
    heldStream = stream;
    stream.cork();
    setImmediate(() => {
      heldStream = undefined;
      stream.uncork();
    });
  }

  /** Reads which generation has the witness now; callers at the same time share one question. */
  function learn(): Promise<void> {
    learning ??= withinDeadline(Promise.all([redis.get(redisKeys.witness), redis.time()]), deadlineMs, 'Redis')
      .then(([witness, [seconds, microseconds]]) => {
        const generation = parseGeneration(witness);
        if (generation !== scripts?.generation) scripts = generation && scriptsOf(generation);
        heard(Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000));
      })
      .finally(() => {
        learning = undefined;
      });
    return learning;
  }

  function heard(timeMs: number): void {
    latestTimeMs = Math.max(latestTimeMs ?? 0, timeMs);
    firstHeard.resolve();
  }
}

function openKeyArguments({ keyId, organizationId, epoch, expiresAtMs }: KeyKnowledge): (string | number)[] {
  return [redisKeys.revoked(keyId), redisKeys.epoch(organizationId), epoch, expiresAtMs ?? ''];
}

export function isNoScript(error: unknown): boolean {
  return messageOf(error).startsWith('NOSCRIPT');
}

/** By property, not by class: an error may come from another realm. */
function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
}

function parseAdmission(reply: unknown): Admission {
  if (Array.isArray(reply)) {
    const [verdict, count, windowEndMs, nowMs] = reply;
    if (verdict === 'spent') {
      if (typeof count === 'number' && typeof windowEndMs === 'number' && typeof nowMs === 'number')
        return { verdict, count, windowEndMs, nowMs };
    } else if (verdict === 'revoked' || verdict === 'expired' || verdict === 'stale' || verdict === 'untrusted') {
      return { verdict };
    }
  }
  throw new Error('The admission script gave an answer of an unknown form');
}

function parsePulse(reply: unknown): Pulse {
  if (Array.isArray(reply)) {
    const [verdict, nowMs, liveGateways, ...states] = reply;
    if (verdict === 'untrusted') return { verdict };
    if (verdict === 'trusted' && typeof nowMs === 'number' && typeof liveGateways === 'number')
      return { verdict, nowMs, liveGateways, states: states.map(parseOpenKeyState) };
  }
  throw new Error('The pulse script gave an answer of an unknown form');
}

function parseOpenKeyState(state: unknown): OpenKeyState {
  if (state === 'live' || state === 'revoked' || state === 'stale' || state === 'expired') return state;
  throw new Error('The pulse script gave a state of an unknown form');
}

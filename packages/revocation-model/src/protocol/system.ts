import { createBitReader, createBitWriter } from '../bit-codec.ts';
import type { Rules } from '../rules.ts';
import { type Action, type Goal, type System, wordsPerStateMax } from '../system.ts';
import type { Bounds } from './bounds.ts';
import { createCanonicalForm } from './canonical-form.ts';
import { createCodec } from './codec.ts';
import { createDeletionActions } from './deletion.ts';
import { createGatewayActions } from './gateways.ts';
import { createLateCommandActions } from './late-commands.ts';
import { createProtocol, type Protocol } from './protocol.ts';
import { createRedisReads, isWritable } from './redis.ts';
import { createRedisActions } from './redis-faults.ts';
import { createRenewerActions } from './renewer.ts';
import { phases } from './state.ts';
import { createPassingOfTime } from './time.ts';

/** The revocation protocol as a system to explore. */
export function createProtocolSystem(rules: Rules, bounds: Bounds): System {
  const protocol = createProtocol(rules, bounds);
  return {
    starts: startStates(protocol),
    actions: createProtocolActions(protocol),
    ...createCodec(protocol),
    canonicalize: createCanonicalForm(protocol),
    isBroken: isBroken(protocol),
    describeBroken: () => describeBroken(protocol),
    goals: goals(protocol),
  };
}

/** Everything that can happen: each party's steps, what Redis does, the faults, and the passing of time. */
export function createProtocolActions(protocol: Protocol): Action[] {
  const { state } = protocol;
  return [
    ...createDeletionActions(protocol),
    ...state.renewers.flatMap((renewer) => createRenewerActions(protocol, renewer)),
    ...createLateCommandActions(protocol),
    ...createRedisActions(protocol),
    ...state.gateways.flatMap((gateway) => createGatewayActions(protocol, gateway)),
    createPassingOfTime(protocol),
  ];
}

/** One start for each clock that Redis B can have. */
function startStates(protocol: Protocol): (() => void)[] {
  const { state, bounds } = protocol;
  const packed = createBitWriter(wordsPerStateMax);
  const codec = createCodec(protocol);
  codec.write(packed);
  packed.flush();
  const reader = createBitReader();
  const leads = Array.from({ length: 2 * bounds.clockLeadTicks + 1 }, (_, lead) => lead);
  return leads.map((lead) => () => {
    reader.restart(packed.words, 0);
    codec.read(reader);
    state.redisB.lead = lead;
  });
}

/**
 * A request that begins after the acknowledgement is admitted.
 *
 * Without gateways of its own the model asks of every state after the acknowledgement whether a gateway could be told
 * to admit, by any Redis process: one with an entry from before the revocation, kept for ever, that knows every
 * generation and asks at this moment. No gateway can do more. A gateway's other way, the authority asked after the
 * request arrived, says revoked.
 */
function isBroken(protocol: Protocol): () => boolean {
  const { state } = protocol;
  const { redisA, redisB, deletion, gateways } = state;
  const { admits } = createRedisReads(protocol);
  if (gateways.length > 0) {
    return () => {
      for (const gateway of gateways) if (gateway.hasAdmitted === 1) return true;
      return false;
    };
  }
  return () => deletion.phase === phases.acknowledged && (admits(redisA) || admits(redisB));
}

function describeBroken(protocol: Protocol): string {
  const { state } = protocol;
  if (state.gateways.length > 0) return 'That request began after the acknowledgement.';
  const { admits } = createRedisReads(protocol);
  const host = admits(state.redisA) ? state.redisA : state.redisB;
  return `A request arrives; its gateway remembers the key and asks ${host.name}: witness ${host.live.witness}, no marker: admitted.`;
}

/** Without a slow path only the fast one can acknowledge, so then the first goal says that the fast path comes back. */
function goals(protocol: Protocol): Goal[] {
  const { state } = protocol;
  const { hasScripts, isTrusted } = createRedisReads(protocol);
  const hosts = [state.redisA, state.redisB];
  return [
    { name: 'acknowledged', isReached: () => state.deletion.phase === phases.acknowledged },
    {
      name: 'trusted',
      isReached: () =>
        hosts.some(
          (host) => isWritable(host) && isTrusted(host, host.live.witness) && hasScripts(host, host.live.witness),
        ),
    },
  ];
}

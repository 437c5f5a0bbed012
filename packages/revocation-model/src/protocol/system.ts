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

/**
 * The revocation protocol as a system to explore, with the parts that are modelled and those that are left out.
 *
 * Property (R1, and R3 without the outage extension): after the DELETE was acknowledged no request that begins is
 * admitted, by any gateway, on any Redis process that still believes to be a primary.
 *
 * Modelled step by step: two Redis hosts with asynchronous replication, their processes (scripts) apart from their data
 * (witness, token, marker); one or two renewing instances, whose every step is an action of its own, which pause, give up
 * and begin whenever they like; the DELETE on an instance that never renews; the ledger; one command that arrives after
 * its sender gave it up; gateways, implicit or with tables. Runs have no end: generations are forgotten when nothing
 * names them, times are counted down. Only the counts in `bounds.ts` are bounded, and a bound that is hit is an error.
 *
 * Abstracted, and why that is sound:
 * - One key, one DELETE. Keys share nothing but the cycle, and a cycle writes all markers before it goes on; a marker of
 *   another key changes no decision about this one. A repeated DELETE is covered (`deletion.ts`).
 * - The gateway that is not modelled (`gateways: 0`) is the worst there is: it remembers the key as active for ever,
 *   knows every generation and reaches every process at any moment. `isBroken` judges the answers that it would get.
 * - A command and its reply are one step: any event between them can also happen before the next step. A command
 *   can reach any process, as after a silent reconnect, which is more than one connection can do.
 * - A renewer may believe at any time that the authority fails, so an outage of the authority is not an action.
 * - A replica or a disk copy is the primary's data of any earlier moment: replication and saving copy all or nothing, at
 *   any time or never. Only a promoted or restarted process can be read, so the moments in between do not matter.
 * - An instance's memory is lost in a crash; it serves only to leave out markers or to extend, so losing it adds nothing.
 *   A confirmation on g is not remembered, except where `remembersConfirmed` checks that this is the same.
 * - States that behave alike are merged: `canonical-form.ts` argues the merges for every wording, `merge-alike.ts`
 *   those while every rule is on, `acknowledgement.ts` why acknowledging at once loses no violation.
 *
 * Not covered, so not proved here:
 * - Time is whole ticks: any number of steps in any order within one, L of two ticks (three with --large). Two instants
 *   whose distances to L differ by less than a tick are not told apart. All clocks run at one rate; Redis clocks may be
 *   apart by a constant.
 * - The authority is one register: its failover (4.12) and lost commits (X2) are not modelled.
 * - Three or more Redis hosts, slots that move in a cluster, more than two renewers.
 * - Markers never expire and are never evicted, entries are as old as they like: retention, stamps and noeviction are
 *   preconditions (the design rows show what happens without them). Streams, quotas and frozen forwards are not modelled.
 */
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

/** Every possible action: the steps of each party, of Redis, the faults, and the passing of time. */
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

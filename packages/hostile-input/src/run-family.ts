import type { Product } from '@engagetrack/test-ground';
import { waitFor } from '@engagetrack/test-ground/stores';
import type { Family, Finding, HostileInput } from './hostile-input.ts';
import { createInputKit } from './input-kit.ts';
import { complaintsAbout, type Sides } from './judge-input.ts';
import { fieldOf } from './parse-answers.ts';
import { type RawOutcome, sendBytes } from './raw-client.ts';
import type { Target } from './start-target.ts';
import type { UpstreamLedger } from './upstream-ledger.ts';

export interface FamilyResult {
  readonly name: string;
  readonly inputs: number;
  readonly forwarded: number;
  readonly seconds: number;
  readonly findings: readonly Finding[];
}

export interface FamilyRun {
  readonly target: Target;
  readonly ledger: UpstreamLedger;
  readonly seed: number;
  readonly inputsMax: number;
  /** The number of findings after which the family ends. */
  readonly findingsMax: number;
}

const connectionsAtOnce = 48;
const aliveEvery = 500;
const patienceMs = 600;
const quietMs = 60;
const deadlineMs = 12_000;

/**
 * Sends a family's inputs and judges each from three sides: the answer, the upstream's requests, and whether the
 * gateway goes on.
 */
export async function runFamily(
  family: Family,
  { target, ledger, seed, inputsMax, findingsMax }: FamilyRun,
): Promise<FamilyResult> {
  const startedAtMs = performance.now();
  const findings: Finding[] = [];
  const found = (kind: Finding['kind'], what: string, why: string, logged: readonly string[] = []) =>
    findings.push({ kind, family: family.name, what, why, logged });
  const kit = createInputKit(target.keys, seed, family.name.replaceAll(' ', '-'));
  const inputs = family.inputs(kit)[Symbol.iterator]();
  let sent = 0;
  let forwarded = 0;
  let crashed: Promise<void> | undefined;

  const work = async (): Promise<void> => {
    while (sent < inputsMax && findings.length < findingsMax) {
      await crashed;
      const next = inputs.next();
      if (next.done) return;
      const input: HostileInput = next.value;
      sent += 1;
      ledger.expect(input);
      const outcome = await send(input, target.port);
      if (!isAlive(target)) {
        await restartOnce();
        ledger.settle(input);
        continue;
      }
      const settled = ledger.settle(input);
      if (settled.seen.length > 0) forwarded += 1;
      await judge(input, { outcome, ...settled });
      if (sent % aliveEvery === 0) await expectAlive();
    }
  };
  await Promise.all(Array.from({ length: connectionsAtOnce }, work));
  await expectAlive();
  for (const why of ledger.takeStrays()) found('bypass', 'after its answer, or without one', `the upstream saw ${why}`);
  return { name: family.name, inputs: sent, forwarded, seconds: (performance.now() - startedAtMs) / 1_000, findings };

  async function judge(input: HostileInput, sides: Sides): Promise<void> {
    for (const { kind, why } of complaintsAbout(input, sides))
      found(kind, input.what, why, await loggedOf(sides.outcome, target.product));
  }

  /** Every connection notices a crash; one of them restarts the gateway. */
  function restartOnce(): Promise<void> {
    crashed ??= restart();
    return crashed;
  }

  async function restart(): Promise<void> {
    found(
      'crash',
      `one of the ${connectionsAtOnce} inputs up to number ${sent}`,
      target.gateway.running.output().slice(-600),
    );
    await target.gateway.restart();
    crashed = undefined;
  }

  async function expectAlive(): Promise<void> {
    const nonce = kit.next();
    const input: HostileInput = {
      nonce,
      what: 'a plain request on a new connection',
      pieces: [kit.head({ nonce })],
      expects: { seen: [1, family.breaksKeptConnections ? 2 : 1], inOrder: [200] },
    };
    ledger.expect(input);
    const outcome = await sendBytes({ port: target.port, pieces: input.pieces, patienceMs: deadlineMs, deadlineMs });
    const settled = ledger.settle(input);
    if (isAlive(target)) await judge(input, { outcome, ...settled });
    else await restartOnce();
  }
}

function send(input: HostileInput, port: number): Promise<RawOutcome> {
  const { pieces, methods, leavesAfterMs, expects } = input;
  // Only a client without a complete request ends its side early; every other client waits for the answer.
  const waits = expects.maySaveTheAnswer === true ? patienceMs : deadlineMs;
  return sendBytes({
    port,
    pieces,
    ...(methods && { methods }),
    ...(expects.inOrder && { answersExpected: expects.inOrder.length }),
    ...(leavesAfterMs !== undefined && { leavesAfterMs }),
    deadlineMs,
    patienceMs: waits,
    quietMs: input.respond === undefined && expects.inOrder === undefined ? quietMs : deadlineMs,
  });
}

/** Milliseconds. A log line comes a moment after its answer; a later line is not part of the finding. */
const logDeadlineMs = 1_000;

/** The log lines of a finding's requests; empty when there are none, and the finding is reported all the same. */
async function loggedOf({ answers }: RawOutcome, product: Product): Promise<readonly string[]> {
  const ids = answers.flatMap((answer) => fieldOf(answer, 'x-request-id') ?? []);
  if (ids.length === 0) return [];
  const find = (): readonly string[] | undefined => {
    const lines = product.output().split('\n');
    const found = lines.filter((line) => ids.some((id) => line.includes(id)));
    return found.length > 0 ? found : undefined;
  };
  return waitFor(find, { deadlineMs: logDeadlineMs, what: 'a line of the request' }).catch(() => []);
}

function isAlive({ gateway: { running } }: Target): boolean {
  try {
    // Signal 0 only tests whether the process exists.
    process.kill(running.pid, 0);
    return true;
  } catch {
    return false;
  }
}

import { describe, expect, it } from '@jest/globals';
import { createBitReader, createBitWriter } from '../src/bit-codec.ts';
import { BoundReachedError, explore } from '../src/explore.ts';
import { type Bounds, smallestBounds } from '../src/protocol/bounds.ts';
import { createCanonicalForm } from '../src/protocol/canonical-form.ts';
import { createCodec } from '../src/protocol/codec.ts';
import { createProtocol, type Protocol } from '../src/protocol/protocol.ts';
import { createProtocolActions, createProtocolSystem } from '../src/protocol/system.ts';
import { allRows } from '../src/rows/all-rows.ts';
import { isRuleName, type RuleName, rulesWithout, ruleTexts } from '../src/rules.ts';
import { type Action, wordsPerStateMax } from '../src/system.ts';

const ruleNames = Object.keys(ruleTexts).filter(isRuleName);
const roomy = 4_000_000;
const stepsPerWalk = 300;

const everything: Bounds = {
  ...smallestBounds,
  renewers: 2,
  clockLeadTicks: 1,
  lateCommands: 1,
  gateways: 2,
  faults: { failover: 2, restart: 2, flushAll: 2, scriptFlush: 2 },
  faultsTotal: 6,
  remembersConfirmed: true,
  mergesAlike: false,
};
const withOutage: Bounds = { ...everything, outageTicks: 3, instancesLeave: true, lateCommands: 0 };
const singleFailover: Bounds = {
  ...smallestBounds,
  renewers: 2,
  faults: { failover: 1, flushAll: 1 },
  mergesAlike: false,
};

/** A repeatable stream of choices (a linear congruential generator). */
function createChoices(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Walks at random, canonical state by canonical state, and visits every plain state on the way. */
function walk(protocol: Protocol, seed: number, look: (words: Uint32Array) => void): void {
  const choose = createChoices(seed);
  const actions = createProtocolActions(protocol);
  const canonicalize = createCanonicalForm(protocol);
  const codec = createCodec(protocol);
  const writer = createBitWriter(wordsPerStateMax);
  for (let taken = 0; taken < stepsPerWalk; ) {
    const action = actions[choose(actions.length)];
    if (action === undefined || !isTaken(action)) continue;
    taken += 1;
    writer.restart();
    codec.write(writer);
    look(writer.words.slice(0, writer.flush()));
    canonicalize();
  }
}

/** Some older wordings use up the generations that a state has room for; a walk then goes another way. */
function isTaken(action: Action): boolean {
  try {
    return action.step();
  } catch (error) {
    if (error instanceof BoundReachedError) return false;
    throw error;
  }
}

function canonicalWords(protocol: Protocol): number[] {
  const writer = createBitWriter(wordsPerStateMax);
  createCanonicalForm(protocol)();
  createCodec(protocol).write(writer);
  return [...writer.words.slice(0, writer.flush())];
}

describe('the protocol model', () => {
  it.each<[string, readonly RuleName[], Bounds]>([
    ['the full protocol', [], everything],
    ['a single failover', [], singleFailover],
    ['the outage extension', [], withOutage],
    ...ruleNames.map((name): [string, RuleName[], Bounds] => [
      `the protocol without ${name}`,
      [name],
      /outage|moved|leave|slowPath/i.test(name) ? withOutage : everything,
    ]),
  ])('stores everything in which two states of %s can differ', (_, without, bounds) => {
    const rules = rulesWithout(without);
    const protocol = createProtocol(rules, bounds);
    const copy = createProtocol(rules, bounds);
    const reader = createBitReader();
    walk(protocol, 7, (words) => {
      reader.restart(words, 0);
      createCodec(copy).read(reader);
      expect(copy.state).toEqual(protocol.state);
    });
  });

  it.each<[string, Bounds]>([
    ['the full protocol', everything],
    ['merged states', { ...everything, mergesAlike: true }],
    ['the outage extension', { ...withOutage, mergesAlike: true }],
  ])('has one canonical form of %s for all names of instances and generations', (_, bounds) => {
    const rules = rulesWithout([]);
    const copy = createProtocol(rules, bounds);
    const renamed = createProtocol(rules, bounds);
    const reader = createBitReader();
    walk(createProtocol(rules, bounds), 11, (words) => {
      for (const { state } of [copy, renamed]) {
        reader.restart(words, 0);
        createCodec(state === copy.state ? copy : renamed).read(reader);
      }
      callByOtherNames(renamed);
      const canonical = canonicalWords(copy);
      expect(canonicalWords(renamed)).toEqual(canonical);
      expect(canonicalWords(copy)).toEqual(canonical);
    });
  });

  it.each<[string, Partial<Bounds>]>([
    ['failover', { faults: { failover: 1 } }],
    ['restart and SCRIPT FLUSH', { faults: { restart: 1, scriptFlush: 1 } }],
    ['two failovers', { faults: { failover: 2 } }],
    ['the outage extension', { outageTicks: 3, faults: { restart: 1 }, instancesLeave: true }],
    ['eviction', { faults: { eviction: 1 } }],
    ['a clock stepping back', { faults: { clockStepsBack: 1 }, clockLeadTicks: 1 }],
  ])('comes to the same verdict with and without merging, for %s', (_, bounds) => {
    const verdicts = [true, false].map((mergesAlike) => {
      const system = createProtocolSystem(rulesWithout([]), { ...smallestBounds, ...bounds, mergesAlike });
      return explore(system, roomy).verdict;
    });
    expect(verdicts[0]).toBe(verdicts[1]);
  });

  it('refuses to merge states when a rule is off', () => {
    expect(() => createProtocolSystem(rulesWithout(['reloadToken']), smallestBounds)).toThrow(/full protocol only/);
  });

  it('refuses bounds that do not fit into a state', () => {
    const tooLong = { ...smallestBounds, leaseTicks: 7, driftTicks: 1 };
    expect(() => createProtocolSystem(rulesWithout([]), tooLong)).toThrow(RangeError);
  });

  it('needs every rule: for each there is a row that turns it off and must find the violation', () => {
    const rows = allRows(false).flatMap((group) => group.rows);
    const needed = rows.filter((row) => row.expected === 'violated').flatMap((row) => row.without);
    expect(ruleNames.filter((name) => !needed.includes(name))).toEqual([]);
  });
});

/** Swaps the instances and reverses the names of all generations. */
function callByOtherNames({ state }: Protocol): void {
  const { redisA, redisB, renewers, deletion, late, ledger } = state;
  const other = (generation: number): number => (generation === 0 ? 0 : 8 - generation);
  const otherSet = (set: number): number =>
    [1, 2, 3, 4, 5, 6, 7].reduce((turned, generation) => turned | (((set >> generation) & 1) << other(generation)), 0);
  for (const { live, disk } of [redisA, redisB]) {
    for (const data of [live, disk]) {
      data.witness = other(data.witness);
      data.token = other(data.token);
    }
  }
  redisA.scripts = otherSet(redisA.scripts);
  redisB.scripts = otherSet(redisB.scripts);
  for (const renewer of renewers) {
    renewer.generation = other(renewer.generation);
    renewer.confirmed = other(renewer.confirmed);
    renewer.snapshotGeneration = other(renewer.snapshotGeneration);
    renewer.rowGeneration = other(renewer.rowGeneration);
  }
  const [first, second] = renewers;
  if (first !== undefined && second !== undefined) {
    const spare = { ...first };
    Object.assign(first, { ...second, name: first.name });
    Object.assign(second, { ...spare, name: second.name });
  }
  deletion.marked = other(deletion.marked);
  deletion.ledgerRead = other(deletion.ledgerRead);
  late.generation = other(late.generation);
  ledger.left = [0, 1, 2, 3, 4, 5, 6, 7].reduce(
    (turned, generation) => turned | (((ledger.left >>> (generation * 3)) & 7) << (other(generation) * 3)),
    0,
  );
}

import type { BitReader, BitWriter } from '../bit-codec.ts';
import type { Protocol } from './protocol.ts';
import { type DataSet, faultKinds, type Gateway, type RedisHost, type Renewer } from './state.ts';

/** Generations, and everything counted in ticks. `createProtocol` refuses bounds that need more. */
const smallBits = 3;
const small = (1 << smallBits) - 1;

/** The parts of the state that can differ in a configuration; the others are not stored. */
interface StoredParts {
  readonly disk: boolean;
  readonly clocks: boolean;
  readonly failback: boolean;
  readonly late: boolean;
  readonly outage: boolean;
  readonly register: boolean;
  readonly rows: boolean;
  readonly memories: boolean;
  readonly olderDeletion: boolean;
}

function storedParts({ rules, bounds }: Protocol): StoredParts {
  return {
    disk: (bounds.faults.restart ?? 0) > 0,
    clocks: bounds.clockLeadTicks > 0,
    failback: (bounds.faults.failover ?? 0) > 1,
    late: bounds.lateCommands > 0,
    outage: bounds.outageTicks > 0,
    register: bounds.instancesLeave,
    rows: bounds.outageTicks > 0 || !rules.rowsInserted || !rules.ledgerNamesGenerations,
    memories: bounds.remembersConfirmed || !rules.rowsInserted || !rules.noSequenceCursor,
    olderDeletion: !rules.ledgerAfterCommit || !rules.markersUntilConfirmed || !rules.noSequenceCursor,
  };
}

/** Packs the state into bits and back. `write` and `read` name the same fields in the same order. */
export function createCodec(protocol: Protocol): { write: (bits: BitWriter) => void; read: (bits: BitReader) => void } {
  const { state, bounds } = protocol;
  const parts = storedParts(protocol);
  const { redisA, redisB, renewers, deletion, ledger, late, gateways, faults } = state;
  const possibleFaults = faultKinds
    .filter((kind) => (bounds.faults[kind] ?? 0) > 0)
    .map((kind) => ({ fault: faults.kinds[kind], width: bitsOf(bounds.faults[kind] ?? 0) }));
  const totalBits = bitsOf(bounds.faultsTotal);

  return {
    write: (bits) => {
      writeHost(bits, redisA);
      writeHost(bits, redisB);
      for (const renewer of renewers) writeRenewer(bits, renewer);
      bits.put(deletion.phase | (deletion.waitLeft << 2) | (deletion.marked << 5), 8);
      if (parts.olderDeletion) {
        bits.put(deletion.ledgerRead | (deletion.isPropagated << 3) | (deletion.isOvertaken << 4), 5);
      }
      bits.put(ledger.left, 24);
      if (parts.late) bits.put(late.kind | (late.generation << 2) | (late.until << 5), 8);
      for (const gateway of gateways) writeGateway(bits, gateway);
      for (const { fault, width } of possibleFaults) bits.put(fault.left, width);
      if (possibleFaults.length > 0) bits.put(faults.total, totalBits);
    },
    read: (bits) => {
      readHost(bits, redisA);
      readHost(bits, redisB);
      for (const renewer of renewers) readRenewer(bits, renewer);
      const packed = bits.take(8);
      deletion.phase = packed & 3;
      deletion.waitLeft = (packed >>> 2) & small;
      deletion.marked = packed >>> 5;
      if (parts.olderDeletion) {
        const older = bits.take(5);
        deletion.ledgerRead = older & small;
        deletion.isPropagated = (older >>> 3) & 1;
        deletion.isOvertaken = older >>> 4;
      }
      ledger.left = bits.take(24);
      if (parts.late) {
        const command = bits.take(8);
        late.kind = command & 3;
        late.generation = (command >>> 2) & small;
        late.until = command >>> 5;
      }
      for (const gateway of gateways) readGateway(bits, gateway);
      for (const { fault, width } of possibleFaults) fault.left = bits.take(width);
      if (possibleFaults.length > 0) faults.total = bits.take(totalBits);
    },
  };

  function writeHost(bits: BitWriter, host: RedisHost): void {
    bits.put(packData(host.live) | (host.role << 10) | ((host.scripts >>> 1) << 12), 19);
    if (parts.disk) bits.put(packData(host.disk), 10);
    if (parts.clocks) bits.put(host.lead, smallBits);
    if (parts.failback) bits.put(host.promotableLeft, smallBits);
  }

  function readHost(bits: BitReader, host: RedisHost): void {
    const packed = bits.take(19);
    unpackData(packed & 0x3ff, host.live);
    host.role = (packed >>> 10) & 3;
    host.scripts = (packed >>> 12) << 1;
    if (parts.disk) unpackData(bits.take(10), host.disk);
    if (parts.clocks) host.lead = bits.take(smallBits);
    if (parts.failback) host.promotableLeft = bits.take(smallBits);
  }

  function writeRenewer(bits: BitWriter, renewer: Renewer): void {
    const { program, step, generation, until, sees } = renewer;
    bits.put(program | (step << 2) | (generation << 5) | (until << 8) | (sees << 11), 12);
    if (parts.outage) {
      const { snapshotGeneration, snapshotUntil, hasFinished, movedOn } = renewer;
      bits.put(snapshotGeneration | (snapshotUntil << 3) | (hasFinished << 6) | (movedOn << 7), 10);
    }
    if (parts.register) bits.put(renewer.hasLeft | (renewer.leaseLeft << 1), 4);
    if (parts.rows) bits.put(renewer.rowLeft, smallBits);
    if (parts.memories) {
      const { confirmed, rowGeneration, hasPassed } = renewer;
      bits.put(confirmed | (rowGeneration << 3) | (hasPassed << 6), 7);
    }
  }

  function readRenewer(bits: BitReader, renewer: Renewer): void {
    const packed = bits.take(12);
    renewer.program = packed & 3;
    renewer.step = (packed >>> 2) & small;
    renewer.generation = (packed >>> 5) & small;
    renewer.until = (packed >>> 8) & small;
    renewer.sees = packed >>> 11;
    if (parts.outage) {
      const outage = bits.take(10);
      renewer.snapshotGeneration = outage & small;
      renewer.snapshotUntil = (outage >>> 3) & small;
      renewer.hasFinished = (outage >>> 6) & 1;
      renewer.movedOn = outage >>> 7;
    }
    if (parts.register) {
      const register = bits.take(4);
      renewer.hasLeft = register & 1;
      renewer.leaseLeft = register >>> 1;
    }
    if (parts.rows) renewer.rowLeft = bits.take(smallBits);
    if (parts.memories) {
      const memory = bits.take(7);
      renewer.confirmed = memory & small;
      renewer.rowGeneration = (memory >>> 3) & small;
      renewer.hasPassed = memory >>> 6;
    }
  }
}

function packData({ witness, until, token, marker }: DataSet): number {
  return witness | (until << 3) | (token << 6) | (marker << 9);
}

function unpackData(packed: number, data: DataSet): void {
  data.witness = packed & small;
  data.until = (packed >>> 3) & small;
  data.token = (packed >>> 6) & small;
  data.marker = packed >>> 9;
}

function writeGateway(bits: BitWriter, gateway: Gateway): void {
  bits.put(gateway.hasEntry | (gateway.isFilling << 1) | (gateway.request << 2) | (gateway.hasAdmitted << 4), 5);
}

function readGateway(bits: BitReader, gateway: Gateway): void {
  const packed = bits.take(5);
  gateway.hasEntry = packed & 1;
  gateway.isFilling = (packed >>> 1) & 1;
  gateway.request = (packed >>> 2) & 3;
  gateway.hasAdmitted = packed >>> 4;
}

function bitsOf(largest: number): number {
  return 32 - Math.clz32(largest);
}

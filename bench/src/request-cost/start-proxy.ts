import { listeningAddresses, startProcess } from '@engagetrack/test-ground';
import type { Cores } from '../load-kit/cores.ts';

export interface ProxyOptions {
  readonly name: string;
  /** The file below the workspace. */
  readonly main: string;
  /** The variables that it sees beside PATH. */
  readonly environment: Readonly<Record<string, string>>;
  readonly cores: Cores;
  /** Flags for its Node. */
  readonly flags?: readonly string[];
}

/** A proxy to measure, as a process of its own on a core of its own. */
export interface RunningProxy {
  readonly name: string;
  readonly pid: number;
  /** The addresses by their names in the `listening` line. */
  readonly addresses: ReadonlyMap<string, string>;
  /** What V8 has printed about its collections since the last call. */
  takeCollections(): string;
  stop(): Promise<void>;
}

/** Bytes of its output that are kept, for its address and for error messages; older output is dropped. */
const outputBytesMax = 2 ** 16;

/** Prints a line for each collection of garbage, a few dozen a second. */
const garbageFlag = '--trace-gc';
/** In every line of V8 about a collection, and in no line of a log. */
const collectionMark = ' ms: ';

/** A pipe takes its log and is read as fast as it is written, as a container runtime would do it. */
export async function startProxy({ name, main, environment, cores, flags }: ProxyOptions): Promise<RunningProxy> {
  let collections = '';
  const running = startProcess({
    main,
    environment: { NODE_ENV: 'production', ...environment },
    nodeFlags: [garbageFlag, ...(flags ?? [])],
    outputBytesMax,
    heard: (chunk) => {
      if (chunk.includes(collectionMark)) collections += chunk.toString('latin1');
    },
  });
  const addresses = await listeningAddresses(running);
  // V8 starts threads with the first work; they are pinned with the process.
  cores.pinMeasured(running.pid);
  return {
    name,
    pid: running.pid,
    addresses,
    takeCollections: () => {
      const taken = collections;
      collections = '';
      return taken;
    },
    stop: async () => void (await running.stop()),
  };
}

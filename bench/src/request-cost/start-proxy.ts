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
  stop(): Promise<void>;
}

/** Bytes of its output that are kept, for its address and for error messages; older output is dropped. */
const outputBytesMax = 2 ** 16;

/** A pipe takes its log and is read as fast as it is written, as a container runtime would do it. */
export async function startProxy({ name, main, environment, cores, flags }: ProxyOptions): Promise<RunningProxy> {
  const running = startProcess({
    main,
    environment: { NODE_ENV: 'production', ...environment },
    nodeFlags: flags,
    outputBytesMax,
  });
  const addresses = await listeningAddresses(running);
  // V8 starts threads with the first work; they are pinned with the process.
  cores.pinMeasured(running.pid);
  return { name, pid: running.pid, addresses, stop: async () => void (await running.stop()) };
}

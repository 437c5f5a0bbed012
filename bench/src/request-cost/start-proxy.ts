import { listeningAddresses, startProcess } from '@engagetrack/test-ground';
import type { Cores } from '../load-kit/cores.ts';

export interface ProxyOptions {
  readonly name: string;
  /** Below the workspace. */
  readonly main: string;
  /** The variables that it sees beside PATH. */
  readonly environment: Readonly<Record<string, string>>;
  readonly cores: Cores;
  /** For its Node. */
  readonly flags?: readonly string[];
}

/** A proxy to measure, as a process of its own on a core of its own. */
export interface RunningProxy {
  readonly name: string;
  readonly pid: number;
  /** By the names of its `listening` line. */
  readonly addresses: ReadonlyMap<string, string>;
  stop(): Promise<void>;
}

/** Bytes of what it prints that are kept, for its address and for complaints; older output is dropped. */
const outputBytesMax = 2 ** 16;

/** Its log goes through a pipe that is read as fast as it is written, as a container runtime would. */
export async function startProxy({ name, main, environment, cores, flags }: ProxyOptions): Promise<RunningProxy> {
  const running = startProcess({
    main,
    environment: { NODE_ENV: 'production', ...environment },
    nodeFlags: flags,
    outputBytesMax,
  });
  const addresses = await listeningAddresses(running);
  // Threads that V8 starts at the first work come with the process: all of it stays on its core.
  cores.pinMeasured(running.pid);
  return { name, pid: running.pid, addresses, stop: async () => void (await running.stop()) };
}

/** A program that the watcher runs for the test process, one at a time. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** The user that it runs as; the user of the test process when absent. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Ends the program itself when it is killed; its forks always get SIGKILL. */
  readonly endSignal: NodeJS.Signals;
}

export type WatcherTask =
  | { readonly kind: 'spawn'; readonly program: Program; readonly logFile: string }
  | { readonly kind: 'freeze' }
  | { readonly kind: 'thaw' }
  | { readonly kind: 'kill' };

export interface WatcherRequest {
  readonly id: number;
  readonly task: WatcherTask;
}

export type WatcherReply =
  | { readonly kind: 'done'; readonly id: number; readonly pid?: number }
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string }
  | { readonly kind: 'exited'; readonly pid: number; readonly code: number | null; readonly signal: string | null };

/** The channel joins two files of this folder, so the form of a message is not checked. */
export function parseWatcherRequest(message: unknown): WatcherRequest {
  return message as WatcherRequest;
}

export function parseWatcherReply(message: unknown): WatcherReply {
  return message as WatcherReply;
}

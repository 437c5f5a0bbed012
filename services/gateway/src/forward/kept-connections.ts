/**
 * Connections to one upstream that wait for their next request.
 *
 * What an upstream sends unasked behind an answer would be taken for the answer to the next request, which is somebody
 * else's. So a connection rests behind each answer, and then the event loop looks for bytes on it once more, however
 * late it is: only a connection on which nothing has come by then is used again.
 */
export interface KeptConnections<Connection> {
  /** The one that was used last, because the others may then be closed for being idle. */
  take(): Connection | undefined;
  keep(connection: Connection): void;
  stop(): void;
}

export interface KeptConnectionsOptions<Connection> {
  readonly isUsable: (connection: Connection) => boolean;
  readonly close: (connection: Connection) => void;
}

/** Milliseconds that a connection rests at least; at most it is twice as long. */
const restMs = 10;
/** Connections; one more is closed. */
const keptMax = 256;

export function createKeptConnections<Connection>({
  isUsable,
  close,
}: KeptConnectionsOptions<Connection>): KeptConnections<Connection> {
  let usable: Connection[] = [];
  /** Since before the timer was set, and since then. */
  let resting: Connection[] = [];
  let arrived: Connection[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  return {
    take: () => {
      for (;;) {
        const connection = usable.pop();
        if (connection === undefined || isUsable(connection)) return connection;
        close(connection);
      }
    },
    keep: (connection) => {
      arrived.push(connection);
      timer ??= setTimeout(endRest, restMs);
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
      for (const connection of [...usable, ...resting, ...arrived]) close(connection);
      usable = [];
      resting = [];
      arrived = [];
    },
  };

  function endRest(): void {
    const rested = resting;
    resting = arrived;
    arrived = [];
    timer = resting.length > 0 ? setTimeout(endRest, restMs) : undefined;
    // Timers run before the event loop looks for bytes, and this runs behind that.
    if (rested.length > 0) setImmediate(readmit, rested);
  }

  function readmit(rested: readonly Connection[]): void {
    if (usable.length + rested.length > keptMax) usable = usable.filter(isUsable);
    for (const connection of rested) {
      if (!isStopped && isUsable(connection) && usable.length < keptMax) usable.push(connection);
      else close(connection);
    }
  }
}

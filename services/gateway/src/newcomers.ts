/**
 * The first requests of connections, a few in each turn of the event loop.
 *
 * A thousand connections that bring one each at the same moment would otherwise all be served before whatever came a
 * moment later on a connection that is in use.
 */
export interface Newcomers {
  /** Starts now, or in one of the next turns, in the order of their coming. */
  take(start: () => void): void;
}

const startsPerTurn = 4;

export function createNewcomers(): Newcomers {
  const waiting: (() => void)[] = [];
  let started = 0;
  let isTurnAhead = false;

  return {
    take: (start) => {
      if (waiting.length > 0 || started === startsPerTurn) waiting.push(start);
      else begin(start);
    },
  };

  function begin(start: () => void): void {
    started += 1;
    if (!isTurnAhead) setImmediate(nextTurn);
    isTurnAhead = true;
    start();
  }

  function nextTurn(): void {
    isTurnAhead = false;
    started = 0;
    for (const start of waiting.splice(0, startsPerTurn)) begin(start);
  }
}

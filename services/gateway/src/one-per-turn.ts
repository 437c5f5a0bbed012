/**
 * What many connections can cause at the same moment, one in each turn of the event loop.
 *
 * A thousand connections that bring a first request each, or are over their deadline, would otherwise all be served before
 * whatever came a moment later on a connection that is in use.
 */
export interface OnePerTurn {
  /** Acts now, or in one of the next turns, in the order of their coming. */
  take(act: () => void): void;
}

export function createOnePerTurn(): OnePerTurn {
  const waiting: (() => void)[] = [];
  let isTurnTaken = false;

  return {
    take: (act) => {
      if (isTurnTaken) waiting.push(act);
      else begin(act);
    },
  };

  function begin(act: () => void): void {
    isTurnTaken = true;
    setImmediate(nextTurn);
    act();
  }

  function nextTurn(): void {
    isTurnTaken = false;
    const act = waiting.shift();
    if (act !== undefined) begin(act);
  }
}

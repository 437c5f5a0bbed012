/**
 * What many connections can cause at the same moment, a few in each turn of the event loop.
 *
 * A thousand connections that bring a first request each, or are over their deadline, would otherwise all be served before
 * whatever came a moment later on a connection that is in use.
 */
export interface FewPerTurn {
  /** Acts now, or in one of the next turns, in the order of their coming. */
  take(act: () => void): void;
}

const actsPerTurn = 4;

export function createFewPerTurn(): FewPerTurn {
  const waiting: (() => void)[] = [];
  let acted = 0;
  let isTurnAhead = false;

  return {
    take: (act) => {
      if (waiting.length > 0 || acted === actsPerTurn) waiting.push(act);
      else begin(act);
    },
  };

  function begin(act: () => void): void {
    acted += 1;
    if (!isTurnAhead) setImmediate(nextTurn);
    isTurnAhead = true;
    act();
  }

  function nextTurn(): void {
    isTurnAhead = false;
    acted = 0;
    for (const act of waiting.splice(0, actsPerTurn)) begin(act);
  }
}

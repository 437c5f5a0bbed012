export interface CircuitBreakerOptions {
  /** Sends the dependency a small request; rejects when no answer comes in time. */
  readonly probe: () => Promise<void>;
  readonly failuresToOpen: number;
  /**
   * Probes in a row that must succeed before calls go through again: a dependency that fails now and then stays cut
   * off.
   */
  readonly successesToClose: number;
  readonly probeIntervalMs: number;
}

/**
 * Keeps calls away from a dependency that does not answer, so that only the first few of them wait for a deadline;
 * while it is open, probes find out when the dependency is back.
 */
export interface CircuitBreaker {
  isOpen(): boolean;
  /** Runs the call and counts how it ended. */
  run<Result>(call: () => Promise<Result>): Promise<Result>;
  close(): void;
}

export function createCircuitBreaker(options: CircuitBreakerOptions): CircuitBreaker {
  const { probe, failuresToOpen, successesToClose, probeIntervalMs } = options;
  let failures = 0;
  let successes = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  return {
    isOpen: () => timer !== undefined,
    run: async (call) => {
      try {
        const result = await call();
        failures = 0;
        return result;
      } catch (error) {
        failures += 1;
        if (failures >= failuresToOpen) open();
        throw error;
      }
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };

  function open(): void {
    if (timer !== undefined || closed) return;
    successes = 0;
    scheduleProbe();
  }

  function scheduleProbe(): void {
    timer = setTimeout(() => {
      probe().then(
        () => {
          successes += 1;
          if (successes < successesToClose) scheduleProbe();
          else letThrough();
        },
        () => {
          successes = 0;
          scheduleProbe();
        },
      );
    }, probeIntervalMs);
    timer.unref();
    if (closed) clearTimeout(timer);
  }

  function letThrough(): void {
    timer = undefined;
    failures = 0;
  }
}

import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  readonly deadlineMs: number;
  /** The awaited state as the error message names it: "a marker in Redis". */
  readonly what: string;
  /** Milliseconds between two attempts; more where an attempt costs the product something. */
  readonly everyMs?: number;
}

const usualEveryMs = 10;

/**
 * Tries again and again until the condition holds, and returns its value. The condition does not hold while it is
 * `false` or `undefined` or throws.
 * @throws Error that names the awaited state, with the condition's last own error as its cause.
 */
export async function waitFor<Value>(
  condition: () => Value | false | undefined | Promise<Value | false | undefined>,
  { deadlineMs, what, everyMs = usualEveryMs }: WaitOptions,
): Promise<Value> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), deadlineMs);
  const expired = new Promise<undefined>((resolve) => {
    deadline.signal.addEventListener('abort', () => resolve(undefined));
  });
  let lastError: unknown;
  const attempt = async (): Promise<Value | false | undefined> => {
    try {
      return await condition();
    } catch (error) {
      lastError = error;
      return undefined;
    }
  };
  try {
    while (!deadline.signal.aborted) {
      // A condition that never settles must not outlive the deadline either.
      const value = await Promise.race([attempt(), expired]);
      if (value !== undefined && value !== false) return value;
      await Promise.race([delay(everyMs), expired]);
    }
  } finally {
    clearTimeout(timer);
  }
  throw new Error(`Waited ${deadlineMs} ms without success for ${what}`, { cause: lastError });
}

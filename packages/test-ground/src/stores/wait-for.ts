import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  readonly deadlineMs: number;
  /** What is waited for, as it will stand in the complaint: "a marker in Redis". */
  readonly what: string;
  /** Milliseconds between two looks: more where looking costs what is looked at something. */
  readonly everyMs?: number;
}

const usualEveryMs = 10;

/**
 * Asks again and again until the condition holds, and gives its value. It does not hold while it is `false`,
 * `undefined` or throws.
 * @throws Error that names what was waited for, with the condition's last own error as its cause.
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
  throw new Error(`Waited ${deadlineMs} ms in vain for ${what}`, { cause: lastError });
}

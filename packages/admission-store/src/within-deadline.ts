/**
 * The result of work, or a rejection when it has not come within the deadline (milliseconds).
 *
 * A process that was busy or frozen finds its timers due before it has read the bytes that arrived meanwhile; so a due
 * deadline still lets one round of reading pass before it rejects.
 */
export function withinDeadline<Result>(work: Promise<Result>, deadlineMs: number, what: string): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      setImmediate(() => reject(new Error(`${what} took longer than ${deadlineMs} ms`)));
    }, deadlineMs);
    work.then(
      (result) => {
        clearTimeout(timer);
        resolve(result);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

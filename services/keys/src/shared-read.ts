/**
 * A read that many callers want at the same time. Callers that ask while a read is under way share the next one: no
 * caller gets a value that was read before it asked.
 */
export function createSharedRead<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let underWay: Promise<unknown> | undefined;
  let next: Promise<Value> | undefined;

  return () => {
    next ??= begin();
    return next;
  };

  async function begin(): Promise<Value> {
    // This read begins after the one before has ended, even if that one failed.
    await underWay?.catch(() => undefined);
    next = undefined;
    const value = read();
    underWay = value;
    return value;
  }
}

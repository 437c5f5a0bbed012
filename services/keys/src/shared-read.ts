/**
 * A read that many want at the same time. Those that ask while one is under way share the next one: nobody is told what
 * was read before it asked.
 */
export function createSharedRead<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let underWay: Promise<unknown> | undefined;
  let next: Promise<Value> | undefined;

  return () => {
    next ??= begin();
    return next;
  };

  async function begin(): Promise<Value> {
    // Settled either way: what the one before came to is no business of this one.
    await underWay?.catch(() => undefined);
    next = undefined;
    const value = read();
    underWay = value;
    return value;
  }
}

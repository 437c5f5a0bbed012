/**
 * Milliseconds of computing time that this thread spends until the work is done. Other work of the machine adds
 * nothing, so a test can judge a bound on it on a busy machine too.
 */
export async function ownCpuMs(work: () => unknown): Promise<number> {
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

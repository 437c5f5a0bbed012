/**
 * Milliseconds that this thread computes until the work is done. Other work of the machine adds nothing to it, so a bound
 * on it can be judged anywhere.
 */
export async function ownCpuMs(work: () => unknown): Promise<number> {
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

import type { RunningService } from './start-product.ts';

const startsMax = 10;

/**
 * Starts a process again as a supervisor would: on a busy machine the database may be too slow for a start, and the
 * process ends.
 */
export async function startAgain(
  service: RunningService,
  environment?: Readonly<Record<string, string>>,
): Promise<void> {
  for (let starts = 1; starts < startsMax; starts += 1) {
    try {
      return await service.restart(environment);
    } catch {
      // The process has logged the reason; a lasting fault fails the last attempt too.
    }
  }
  await service.restart(environment);
}

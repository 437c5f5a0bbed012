import type { RunningService } from '@engagetrack/test-ground';

const attemptsMax = 3;

/**
 * Judges an attempt during which these gateways have decided everything by the word of Redis. On a machine so busy that
 * Redis is not vouched for all the time a quota may be exceeded, as docs/revocation.md says: then once more.
 */
export async function whileRedisVouches(
  gateways: readonly RunningService[],
  attempt: () => Promise<void>,
): Promise<void> {
  for (let attempts = 0; attempts < attemptsMax; attempts += 1) {
    const before = await decidedByAuthority(gateways);
    const outcome = await attempt().then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    const isVouchedFor = (await decidedByAuthority(gateways)) === before;
    if (isVouchedFor && outcome !== undefined) throw outcome.error;
    if (isVouchedFor) return;
  }
  throw new Error('Redis was not vouched for throughout any of the attempts');
}

/** How many decisions these gateways have made without the word of Redis. */
async function decidedByAuthority(gateways: readonly RunningService[]): Promise<number> {
  const pages = await Promise.all(gateways.map((gateway) => fetch(`${gateway.address('admin')}/metrics`)));
  const texts = await Promise.all(pages.map((page) => page.text()));
  const counts = texts.map((text) => Number(/^decision_source\{source="authority"\} (\d+)$/m.exec(text)?.[1] ?? 0));
  return counts.reduce((sum, count) => sum + count, 0);
}

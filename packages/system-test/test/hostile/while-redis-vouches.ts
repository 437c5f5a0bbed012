import type { RunningService } from '@engagetrack/test-ground';

const attemptsMax = 3;

/**
 * Runs and judges an attempt during which Redis vouched for every decision of these gateways. On a machine so busy that
 * Redis is not trusted all the time, a quota may be exceeded (docs/revocation.md): then the attempt is repeated.
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

/** The number of decisions that these gateways have made without Redis. */
async function decidedByAuthority(gateways: readonly RunningService[]): Promise<number> {
  const pages = await Promise.all(gateways.map((gateway) => fetch(`${gateway.address('admin')}/metrics`)));
  const texts = await Promise.all(pages.map((page) => page.text()));
  const counts = texts.map((text) =>
    Number(/^gateway_decisions_total\{source="authority"\} (\d+)$/m.exec(text)?.[1] ?? 0),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

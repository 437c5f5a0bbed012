import type { Readiness } from '@engagetrack/service-chassis';

const answerTimeoutMs = 2_000;

/** Ready when the key service answers 401, as it must without a session. */
export function dashboardReadiness(keysUrl: string): Readiness {
  return async () => {
    try {
      const { status } = await fetch(new URL('/api/v1/auth/session', keysUrl), {
        signal: AbortSignal.timeout(answerTimeoutMs),
      });
      return status === 401 ? undefined : `the key service answered ${status}`;
    } catch {
      return 'the key service does not answer';
    }
  };
}

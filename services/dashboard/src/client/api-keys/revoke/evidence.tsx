import { useNowMs } from '../../time/clock.tsx';
import { RelativeTime } from '../../time/relative-time.tsx';
import { isUsedWithinADay, type ListedKey } from '../list/key-status.ts';
import { countRequests, type KeyUsage } from '../usage/key-usage.ts';

export interface EvidenceProps {
  readonly apiKey: ListedKey;
  /** Undefined while it is unknown. */
  readonly usage: KeyUsage | undefined;
}

/** The facts for or against revoking a key: "Last used 3 minutes ago, 1,204 requests in 24 hours." */
export function Evidence({ apiKey, usage }: EvidenceProps) {
  const nowMs = useNowMs();
  const { last_used_at: lastUsedAt } = apiKey;
  const requests = usage === undefined ? '' : countRequests(usage.requests).toLowerCase();
  if (lastUsedAt === null)
    return usage === undefined || usage.requests === 0 ? 'Never used.' : `${requests} in 24 hours.`;
  // The first hour of the usage may begin after a use that is not quite a day old.
  const isTold = usage !== undefined && (usage.requests > 0 || !isUsedWithinADay(apiKey, nowMs));
  return (
    <>
      Last used <RelativeTime instant={lastUsedAt} />
      {isTold ? `, ${requests} in 24 hours` : ''}.
    </>
  );
}

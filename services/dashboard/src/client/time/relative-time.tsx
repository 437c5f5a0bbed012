import { useNowMs } from './clock.tsx';
import { formatAgo, formatExact } from './format.ts';

/** A relative time, such as "3 minutes ago", with the exact instant as its title and for machines. */
export function RelativeTime({ instant }: { readonly instant: string }) {
  const nowMs = useNowMs();
  const instantMs = Date.parse(instant);
  return (
    <time dateTime={instant} title={formatExact(instantMs)}>
      {formatAgo(instantMs, nowMs)}
    </time>
  );
}

import { formatNumber } from '../../time/format.ts';
import type { ListedKey } from '../list/key-status.ts';
import { barsPath, countRequests, findUsage, type Usage } from './key-usage.ts';
import classes from './usage-cell.module.css';

const hours = 24;
const shape = { barWidth: 3, gap: 1, height: 20 };
const width = hours * (shape.barWidth + shape.gap) - shape.gap;
const noRequests = Array.from({ length: hours }, () => 0);

/** A key's last day: a bar for each hour, and the same in words. */
export function UsageCell({ apiKey, usage }: { readonly apiKey: ListedKey; readonly usage: Usage }) {
  const found = findUsage(usage, apiKey.id);
  if (found === undefined) return <span className={classes.words}>{usage === 'waiting' ? '' : 'Not known'}</span>;
  const bars = found.requests === 0 ? noRequests : found.requestsByHour;
  return (
    <span className={classes.usage}>
      <svg
        className={found.requests === 0 ? classes.quiet : classes.bars}
        width={width}
        height={shape.height}
        viewBox={`0 0 ${width} ${shape.height}`}
        aria-hidden="true"
        focusable="false"
      >
        <path d={barsPath(bars, shape)} />
      </svg>
      <span className={classes.words}>
        <span className={classes.part}>
          {countRequests(found.requests)}
          {found.limited > 0 && ', '}
        </span>
        {found.limited > 0 && <span className={classes.part}>{formatNumber(found.limited)} limited</span>}
      </span>
    </span>
  );
}

import { CheckIcon, CircleIcon, ClockIcon, CrossIcon, PauseIcon, WarningIcon } from '../../parts/icons.tsx';
import { StatusText } from '../../parts/status-text.tsx';
import { formatAgo, formatDay, formatExact, formatNumber, formatRelative } from '../../time/format.ts';
import { RelativeTime } from '../../time/relative-time.tsx';
import classes from './cells.module.css';
import { idleForDays, isLiving, judgeExpiry, judgeStatus, type ListedKey } from './key-status.ts';

interface CellProps {
  readonly apiKey: ListedKey;
}

interface TimedCellProps extends CellProps {
  readonly nowMs: number;
}

export function NameCell({ apiKey: { name, created_at: createdAt, created_by: creator } }: CellProps) {
  return (
    <span className={classes.name}>
      {/* Other people choose the names: one may run right to left, which must not change the text around it. */}
      <bdi className={classes.title}>{name}</bdi>
      <span className={classes.created}>
        Created by <bdi>{creator.name}</bdi>,{' '}
        <time dateTime={createdAt} title={formatExact(Date.parse(createdAt))}>
          {formatDay(Date.parse(createdAt))}
        </time>
      </span>
    </span>
  );
}

export function KeyPreview({ preview }: { readonly preview: string }) {
  return (
    <>
      <code className={classes.preview} aria-hidden="true">
        {preview}
      </code>
      <span className="visually-hidden">key ending in {[...preview.slice(-4)].join(' ')}</span>
    </>
  );
}

export interface LastUsedCellProps extends TimedCellProps {
  /** Undefined for a member who may not revoke. */
  readonly onRevoke: ((key: ListedKey) => void) | undefined;
}

/** The last use of a key, with a button to revoke one that has been idle for long. */
export function LastUsedCell({ apiKey, nowMs, onRevoke }: LastUsedCellProps) {
  const isIdle = isLiving(apiKey, nowMs) && idleForDays(apiKey, nowMs) !== undefined;
  return (
    <>
      <LastUse apiKey={apiKey} nowMs={nowMs} />
      {isIdle && onRevoke !== undefined && (
        <button type="button" className={classes.idleRevoke} onClick={() => onRevoke(apiKey)}>
          Revoke<span className="visually-hidden"> {apiKey.name}</span>
        </button>
      )}
    </>
  );
}

function LastUse({ apiKey, nowMs }: TimedCellProps) {
  const { last_used_at: lastUsedAt } = apiKey;
  const idleDays = isLiving(apiKey, nowMs) ? idleForDays(apiKey, nowMs) : undefined;
  if (lastUsedAt === null)
    return <span className={idleDays === undefined ? classes.dimmed : classes.caution}>Never</span>;
  if (idleDays === undefined) return <RelativeTime instant={lastUsedAt} />;
  return (
    <time dateTime={lastUsedAt} title={formatExact(Date.parse(lastUsedAt))} className={classes.caution}>
      <CircleIcon size={14} /> Idle {formatNumber(idleDays)} days
    </time>
  );
}

export function ExpiresCell({ apiKey, nowMs }: TimedCellProps) {
  const { expires_at: expiresAt } = apiKey;
  const urgency = judgeExpiry(apiKey, nowMs);
  if (expiresAt === null) return <span className={classes.dimmed}>Never</span>;
  if (urgency === 'expired') return <span className={classes.danger}>Expired</span>;
  const time = (
    <time dateTime={expiresAt} title={formatExact(Date.parse(expiresAt))}>
      {formatRelative(Date.parse(expiresAt), nowMs)}
    </time>
  );
  if (urgency !== 'caution' && urgency !== 'danger') return time;
  return (
    <span className={urgency === 'danger' ? classes.danger : classes.caution}>
      <ClockIcon size={14} /> {time}
    </span>
  );
}

export function StatusCell({ apiKey, nowMs, apiAccess }: TimedCellProps & { readonly apiAccess: boolean }) {
  switch (judgeStatus(apiKey, { nowMs, apiAccess })) {
    case 'active':
      return (
        <StatusText tone="good" icon={<CheckIcon size={14} />}>
          Active
        </StatusText>
      );
    case 'paused':
      return (
        <StatusText tone="caution" icon={<PauseIcon size={14} />}>
          Paused by plan
        </StatusText>
      );
    case 'expired':
      return (
        <StatusText tone="neutral" icon={<WarningIcon size={14} />}>
          Expired
        </StatusText>
      );
    case 'revoked':
      return (
        <StatusText tone="danger" icon={<CrossIcon size={14} />}>
          Revoked {formatAgo(Date.parse(apiKey.revoked_at ?? ''), nowMs)}
        </StatusText>
      );
  }
}

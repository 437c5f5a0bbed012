import { UnstyledButton } from '@mantine/core';
import { memo } from 'react';
import { formatNumber } from '../../time/format.ts';
import { idleForDays, isExpiringSoon, type ListedKey } from './key-status.ts';
import type { ListFilter, ListView } from './list-view.ts';
import classes from './summary-strip.module.css';

export interface SummaryStripProps {
  readonly keys: readonly ListedKey[];
  readonly nowMs: number;
  readonly onChange: (wish: Partial<ListView>) => void;
}

/** How many keys there are, and how many of them ask for attention; each figure leads to its keys. */
export const SummaryStrip = memo(function SummaryStrip({ keys, nowMs, onChange }: SummaryStripProps) {
  const living = keys.filter(({ revoked_at: revokedAt }) => revokedAt === undefined);
  const expiring = living.filter((key) => isExpiringSoon(key, nowMs)).length;
  const idle = living.filter((key) => idleForDays(key, nowMs) !== undefined).length;
  const show = (filter: ListFilter) => () => onChange({ filter, search: '' });
  return (
    <dl className={classes.strip}>
      <Figure label="Active keys" value={living.length} />
      <Figure label="Expiring in 30 days" value={expiring} urgent={expiring > 0} onShow={show('expiring')} />
      <Figure label="Unused for 30 days" value={idle} urgent={idle > 0} onShow={show('idle')} />
    </dl>
  );
});

interface FigureProps {
  readonly label: string;
  readonly value: number;
  readonly urgent?: boolean;
  readonly onShow?: () => void;
}

function Figure({ label, value, urgent = false, onShow }: FigureProps) {
  return (
    <div className={classes.figure}>
      <dt className={classes.label}>{label}</dt>
      <dd className={classes.value} data-urgent={urgent || undefined}>
        {formatNumber(value)}
        {onShow !== undefined && value > 0 && (
          <UnstyledButton className={classes.show ?? ''} onClick={onShow}>
            Show<span className="visually-hidden"> keys: {label}</span>
          </UnstyledButton>
        )}
      </dd>
    </div>
  );
}

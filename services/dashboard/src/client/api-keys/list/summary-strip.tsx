import { UnstyledButton } from '@mantine/core';
import { memo } from 'react';
import { formatNumber } from '../../time/format.ts';
import type { Usage } from '../usage/key-usage.ts';
import { isExpiringSoon, isLiving, type ListedKey } from './key-status.ts';
import type { ListView } from './list-view.ts';
import classes from './summary-strip.module.css';

export interface SummaryStripProps {
  /** All keys but those that were revoked or expired long ago. */
  readonly keys: readonly ListedKey[];
  readonly usage: Usage;
  readonly nowMs: number;
  readonly onChange: (options: Partial<ListView>) => void;
}

/** The counts of the keys; a count that needs attention links to its keys. */
export const SummaryStrip = memo(function SummaryStrip({ keys, usage, nowMs, onChange }: SummaryStripProps) {
  const living = keys.filter((key) => isLiving(key, nowMs));
  const expiring = living.filter((key) => isExpiringSoon(key, nowMs)).length;
  const known = typeof usage === 'string' ? undefined : usage;
  return (
    <dl className={classes.strip}>
      <Figure label="Active keys" value={living.length} />
      <Figure label="Requests 24 h" value={known?.requests} />
      <Figure label="Limited 24 h" value={known?.limited} urgent={(known?.limited ?? 0) > 0} />
      <Figure
        label="Expiring in 30 days"
        value={expiring}
        urgent={expiring > 0}
        onShow={() => onChange({ filter: 'expiring', search: '' })}
      />
    </dl>
  );
});

interface FigureProps {
  readonly label: string;
  /** Undefined while it is unknown. */
  readonly value: number | undefined;
  readonly urgent?: boolean;
  readonly onShow?: () => void;
}

function Figure({ label, value, urgent = false, onShow }: FigureProps) {
  return (
    <div className={classes.figure}>
      <dt className={classes.label}>{label}</dt>
      <dd className={classes.value} data-urgent={urgent || undefined}>
        {value === undefined ? <Unknown /> : formatNumber(value)}
        {onShow !== undefined && value !== undefined && value > 0 && (
          <UnstyledButton className={classes.show ?? ''} onClick={onShow}>
            Show<span className="visually-hidden"> keys: {label}</span>
          </UnstyledButton>
        )}
      </dd>
    </div>
  );
}

function Unknown() {
  return (
    <>
      <span aria-hidden="true">–</span>
      <span className="visually-hidden">not known</span>
    </>
  );
}

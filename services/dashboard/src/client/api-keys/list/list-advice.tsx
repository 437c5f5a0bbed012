import { UnstyledButton } from '@mantine/core';
import type { ReactNode } from 'react';
import { CircleIcon, ClockIcon } from '../../parts/icons.tsx';
import { formatNumber, formatRelative } from '../../time/format.ts';
import { cautionDays, idleDays, idleForDays, isExpiringSoon, isLiving, type ListedKey } from './key-status.ts';
import classes from './list-advice.module.css';
import type { ListView } from './list-view.ts';

export interface ListAdviceProps {
  readonly keys: readonly ListedKey[];
  readonly nowMs: number;
  readonly onChange: (options: Partial<ListView>) => void;
}

/** Tells an admin of keys that expire soon and of keys that are idle. */
export function ListAdvice({ keys, nowMs, onChange }: ListAdviceProps) {
  const living = keys.filter((key) => isLiving(key, nowMs));
  const ending = living.filter((key) => isExpiringSoon(key, nowMs, cautionDays));
  const idle = living.filter((key) => idleForDays(key, nowMs) !== undefined);
  if (ending.length === 0 && idle.length === 0) return null;
  const first = ending.toSorted((a, b) => endOf(a) - endOf(b))[0];
  return (
    <ul className={classes.advice} aria-label="Advice">
      {first !== undefined && (
        <Advice
          icon={<ClockIcon />}
          what="keys that expire soon"
          onShow={() => onChange({ filter: 'expiring', search: '', sort: 'expires', descending: false })}
        >
          {ending.length === 1 ? (
            <>
              <bdi>{first.name}</bdi> expires {formatRelative(endOf(first), nowMs)}.
            </>
          ) : (
            <>
              {formatNumber(ending.length)} keys expire within {cautionDays} days, the first{' '}
              {formatRelative(endOf(first), nowMs)}.
            </>
          )}{' '}
          Put a new key in the place of one that is still needed.
        </Advice>
      )}
      {idle.length > 0 && (
        <Advice
          icon={<CircleIcon />}
          what="idle keys"
          onShow={() => onChange({ filter: 'idle', search: '', sort: 'used', descending: false })}
        >
          {idle.length === 1 ? <bdi>{idle[0]?.name}</bdi> : `${formatNumber(idle.length)} keys`}{' '}
          {idle.length === 1 ? 'has' : 'have'} not been used for {idleDays} days. Revoke what nobody needs.
        </Advice>
      )}
    </ul>
  );
}

interface AdviceProps {
  readonly icon: ReactNode;
  /** The hidden end of the button's label, after "Show". */
  readonly what: string;
  readonly onShow: () => void;
  readonly children: ReactNode;
}

function Advice({ icon, what, onShow, children }: AdviceProps) {
  return (
    <li className={classes.line}>
      <span className={classes.icon}>{icon}</span>
      <p>{children}</p>
      <UnstyledButton className={classes.show ?? ''} onClick={onShow}>
        Show<span className="visually-hidden"> {what}</span>
      </UnstyledButton>
    </li>
  );
}

function endOf({ expires_at: expiresAt }: ListedKey): number {
  return Date.parse(expiresAt ?? '');
}

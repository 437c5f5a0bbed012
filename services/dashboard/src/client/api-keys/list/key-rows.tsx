import { Button } from '@mantine/core';
import { memo } from 'react';
import { useNowMs } from '../../time/clock.tsx';
import { formatNumber } from '../../time/format.ts';
import type { Usage } from '../usage/key-usage.ts';
import { KeyCards } from './key-cards.tsx';
import classes from './key-list.module.css';
import type { ListedKey } from './key-status.ts';
import { KeyTable } from './key-table.tsx';
import { keysPerPage, type ListFilter, type ListView, parseListView, selectKeys } from './list-view.ts';
import { Pager } from './pager.tsx';

export interface KeyListProps {
  readonly keys: readonly ListedKey[];
  readonly usage: Usage;
  readonly apiAccess: boolean;
  /** Undefined for a member who may not revoke. */
  readonly onRevoke: ((key: ListedKey) => void) | undefined;
  readonly onRevokeIntent: () => void;
}

export interface KeyRowsProps extends KeyListProps {
  /** The address's parameters, perhaps a moment late. */
  readonly parameters: URLSearchParams;
  readonly narrow: boolean;
  readonly onChange: (options: Partial<ListView>) => void;
}

const nothingWords: Readonly<Record<ListFilter, string>> = {
  active: 'No key is active.',
  expiring: 'No key expires in the next 30 days.',
  idle: 'No key has been idle for 30 days.',
  expired: 'No key has expired.',
  revoked: 'No key was revoked in the last 90 days.',
};

/**
 * One page of the keys that a view selects. Renders again only when its own properties change, never for a letter typed
 * above.
 */
export const KeyRows = memo(function KeyRows(props: KeyRowsProps) {
  const { keys, usage, parameters, apiAccess, narrow, onChange, onRevoke, onRevokeIntent } = props;
  const nowMs = useNowMs();
  const asked = parseListView(parameters);
  const selected = selectKeys(keys, asked, nowMs);
  const pages = Math.max(1, Math.ceil(selected.length / keysPerPage));
  const view: ListView = { ...asked, page: Math.min(asked.page, pages) };
  const shown = selected.slice((view.page - 1) * keysPerPage, view.page * keysPerPage);
  const listProps = { keys: shown, view, usage, apiAccess, nowMs, onChange, onRevoke, onRevokeIntent };
  return (
    <>
      <p role="status" className="visually-hidden">
        {formatNumber(selected.length)} {selected.length === 1 ? 'key' : 'keys'} shown
      </p>
      {shown.length > 0 && (narrow ? <KeyCards {...listProps} /> : <KeyTable {...listProps} />)}
      {shown.length === 0 && (
        <div className={classes.nothing}>
          <p>{asked.search === '' ? nothingWords[asked.filter] : 'No key matches.'}</p>
          <Button variant="default" size="sm" onClick={() => onChange({ search: '', filter: 'active' })}>
            Show active keys
          </Button>
        </div>
      )}
      <Pager page={view.page} pages={pages} total={selected.length} onTurn={(page) => onChange({ page })} />
    </>
  );
});

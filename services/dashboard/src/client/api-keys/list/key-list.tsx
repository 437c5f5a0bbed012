import { Button } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useRef } from 'react';
import { useSearchParams } from 'react-router';
import { useNowMs } from '../../time/clock.tsx';
import { formatNumber } from '../../time/format.ts';
import { KeyCards } from './key-cards.tsx';
import classes from './key-list.module.css';
import type { ListedKey } from './key-status.ts';
import { KeyTable } from './key-table.tsx';
import { ListToolbar } from './list-toolbar.tsx';
import { keysPerPage, type ListView, parseListView, selectKeys, writeListView } from './list-view.ts';
import { Pager } from './pager.tsx';
import { SummaryStrip } from './summary-strip.tsx';

export interface KeyListProps {
  readonly keys: readonly ListedKey[];
  readonly apiAccess: boolean;
  /** Undefined for who may not. */
  readonly onRevoke: ((key: ListedKey) => void) | undefined;
  readonly onRevokeIntent: () => void;
}

export function KeyList({ keys, apiAccess, onRevoke, onRevokeIntent }: KeyListProps) {
  const nowMs = useNowMs();
  const [parameters, setParameters] = useSearchParams();
  const narrow = useMediaQuery('(max-width: 719.98px)', false, { getInitialValueInEffect: false });
  const top = useRef<HTMLDivElement>(null);

  const asked = parseListView(parameters);
  const selected = selectKeys(keys, asked, nowMs);
  const pages = Math.max(1, Math.ceil(selected.length / keysPerPage));
  const view: ListView = { ...asked, page: Math.min(asked.page, pages) };
  const shown = selected.slice((view.page - 1) * keysPerPage, view.page * keysPerPage);
  const change = (wish: Partial<ListView>) => {
    const { page = 1, ...rest } = wish;
    // Typing in the search field is one step back, not one a letter.
    setParameters(writeListView(parameters, { ...view, ...rest, page }), { replace: wish.search !== undefined });
  };
  const turnTo = (page: number) => {
    change({ page });
    top.current?.scrollIntoView({ block: 'start' });
  };
  const listProps = { keys: shown, view, apiAccess, nowMs, onChange: change, onRevoke, onRevokeIntent };

  return (
    <>
      <SummaryStrip keys={keys} nowMs={nowMs} onChange={change} />
      <div ref={top} className={classes.list}>
        <ListToolbar view={view} narrow={narrow} onChange={change} />
        <p role="status" className="visually-hidden">
          {formatNumber(selected.length)} {selected.length === 1 ? 'key' : 'keys'} shown
        </p>
        {shown.length > 0 && (narrow ? <KeyCards {...listProps} /> : <KeyTable {...listProps} />)}
        {shown.length === 0 && (
          <div className={classes.nothing}>
            <p>No key matches.</p>
            <Button variant="default" size="sm" onClick={() => change({ search: '', filter: 'active' })}>
              Show all keys
            </Button>
          </div>
        )}
        <Pager page={view.page} pages={pages} total={selected.length} onTurn={turnTo} />
      </div>
    </>
  );
}

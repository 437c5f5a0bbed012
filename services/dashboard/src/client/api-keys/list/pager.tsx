import { Button } from '@mantine/core';
import { formatNumber } from '../../time/format.ts';
import { keysPerPage } from './list-view.ts';
import classes from './pager.module.css';

export interface PagerProps {
  /** Counts from 1. */
  readonly page: number;
  readonly pages: number;
  readonly total: number;
  readonly onTurn: (page: number) => void;
}

/** Says which keys of how many are shown and leads to the other pages; nothing where one page shows all. */
export function Pager({ page, pages, total, onTurn }: PagerProps) {
  if (pages <= 1) return null;
  const first = (page - 1) * keysPerPage + 1;
  const last = Math.min(page * keysPerPage, total);
  return (
    <nav className={classes.pager} aria-label="Pages of keys">
      <p className={classes.where}>
        {formatNumber(first)}–{formatNumber(last)} of {formatNumber(total)}
      </p>
      <Button variant="default" size="sm" disabled={page === 1} onClick={() => onTurn(page - 1)}>
        Previous
      </Button>
      <Button variant="default" size="sm" disabled={page === pages} onClick={() => onTurn(page + 1)}>
        Next
      </Button>
    </nav>
  );
}

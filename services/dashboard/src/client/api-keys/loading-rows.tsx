import { Skeleton } from '@mantine/core';
import classes from './loading-rows.module.css';

const rows = ['1', '2', '3', '4', '5'];

/** The outline of the list while it loads. Hidden for the first 300 ms: a quick answer must not flicker. */
export function LoadingRows() {
  return (
    <div className={classes.rows} aria-busy="true" role="status" aria-label="Loading your keys">
      {rows.map((row) => (
        <div key={row} className={classes.row} data-skeleton-row>
          <Skeleton height={14} width="42%" radius="sm" />
          <Skeleton height={22} width="9rem" radius="sm" className={classes.wide ?? ''} />
          <Skeleton height={14} width="6rem" radius="sm" className={classes.wide ?? ''} />
          <Skeleton height={20} width="4.5rem" radius="xl" />
        </div>
      ))}
    </div>
  );
}

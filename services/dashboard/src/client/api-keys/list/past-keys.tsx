import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { statusOf } from '../../api/api-error.ts';
import { apiKeysQuery } from '../../api/queries.ts';
import { RequestFailure } from '../../parts/request-failure.tsx';
import { SessionEnded } from '../../session/session-ended.tsx';
import { useMember } from '../../session/session-gate.tsx';
import { formatNumber } from '../../time/format.ts';
import { LoadingRows } from '../loading-rows.tsx';
import classes from './key-list.module.css';
import { KeyRows, type KeyRowsProps } from './key-rows.tsx';
import type { ListedKey } from './key-status.ts';
import type { PastFilter } from './list-view.ts';

/** Revoked and expired keys. There may be many of them, so the page loads them only on demand. */
export function PastKeys({ status, ...rows }: KeyRowsProps & { readonly status: PastFilter }) {
  const { organization } = useMember();
  const { data, error, refetch } = useQuery(apiKeysQuery(organization.id, status));
  const keys = useMemo(() => joined(data?.data ?? [], rows.keys), [data, rows.keys]);
  if (statusOf(error) === 401) return <SessionEnded />;
  if (data === undefined)
    return error === null ? (
      <LoadingRows />
    ) : (
      <RequestFailure title="We could not load your keys." error={error} onRetry={() => refetch()} />
    );
  return (
    <>
      <KeyRows {...rows} keys={keys} />
      {data.next_cursor !== null && (
        <p className={classes.note}>The newest {formatNumber(data.data.length)} are shown.</p>
      )}
    </>
  );
}

/** The server's list, plus the keys that were revoked or expired while the page was open. */
function joined(past: readonly ListedKey[], here: readonly ListedKey[]): readonly ListedKey[] {
  const known = new Set(past.map(({ id }) => id));
  return [...here.filter(({ id }) => !known.has(id)), ...past];
}

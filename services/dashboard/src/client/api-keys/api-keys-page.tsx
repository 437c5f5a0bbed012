import { apiAccessByPlan } from '@engagetrack/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useDeferredValue, useMemo, useState } from 'react';
import { useSearchParams } from 'react-router';
import { statusOf } from '../api/api-error.ts';
import { apiKeysQuery, everyApiKeysQuery, sessionQuery } from '../api/queries.ts';
import { useAnnounce } from '../parts/announcer.tsx';
import { RequestFailure } from '../parts/request-failure.tsx';
import { usePageTitle } from '../parts/use-page-title.ts';
import { useShortcuts } from '../parts/use-shortcuts.ts';
import { SessionEnded } from '../session/session-ended.tsx';
import { useMember } from '../session/session-gate.tsx';
import { EmptyState } from './empty-state.tsx';
import { KeyList } from './list/key-list.tsx';
import type { ListedKey } from './list/key-status.ts';
import { parseListView, pastFilterOf } from './list/list-view.ts';
import { LoadingRows } from './loading-rows.tsx';
import { MakerCard } from './maker-card.tsx';
import { PageHeader } from './page-header.tsx';
import { useUsage } from './usage/use-usage.ts';

// Loaded on demand, because reading the list does not need it.
const loadCreateDialog = () => import('./create/create-key-dialog.tsx');
const loadRevokeDialog = () => import('./revoke/revoke-dialog.tsx');
const CreateKeyDialog = lazy(async () => ({ default: (await loadCreateDialog()).CreateKeyDialog }));
const RevokeDialog = lazy(async () => ({ default: (await loadRevokeDialog()).RevokeDialog }));

export function ApiKeysPage() {
  usePageTitle('API keys');
  const { organization } = useMember();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const list = useQuery(apiKeysQuery(organization.id));
  // React renders a long list in small steps, between which the page stays responsive.
  const listed = useDeferredValue(list.data);
  const usage = useDeferredValue(useUsage(organization.id));
  const [parameters] = useSearchParams();
  const [dialog, setDialog] = useState<'none' | 'create' | ListedKey>('none');
  const [revokedHere, setRevokedHere] = useState<readonly ListedKey[]>([]);
  const [planRefused, setPlanRefused] = useState(false);

  const mayChange = organization.role !== 'member';
  const apiAccess = apiAccessByPlan[organization.plan] && !planRefused;
  const mayCreate = mayChange && apiAccess;
  const keys = useMemo(() => withRevoked(listed?.data ?? [], revokedHere), [listed, revokedHere]);
  const isPastAskedFor = pastFilterOf(parseListView(parameters)) !== undefined;
  const create = () => setDialog('create');
  const close = () => setDialog('none');
  useShortcuts({ c: mayCreate ? create : undefined });

  // An open dialog stays: it may hold a key that is shown this once.
  if (statusOf(list.error) === 401 && dialog === 'none') return <SessionEnded />;
  const refresh = () => queries.invalidateQueries(everyApiKeysQuery(organization.id));
  const onRevoked = (key: ListedKey) => {
    setRevokedHere((revoked) => [...revoked, { ...key, revoked_at: new Date().toISOString() }]);
    close();
    announce(`${key.name} is revoked.`);
    void refresh();
  };
  const onPlanRefused = () => {
    close();
    setPlanRefused(true);
    void queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
  };

  return (
    <>
      <PageHeader mayChange={mayChange} apiAccess={apiAccess} onCreate={create} onIntent={loadCreateDialog} />
      {!apiAccess && <MakerCard />}
      {listed === undefined && !list.isError && <LoadingRows />}
      {list.isError && listed === undefined && (
        <RequestFailure title="We could not load your keys." error={list.error} onRetry={() => list.refetch()} />
      )}
      {listed !== undefined && keys.length === 0 && apiAccess && !isPastAskedFor && (
        <EmptyState {...(mayCreate ? { onCreate: create } : {})} />
      )}
      {listed !== undefined && (keys.length > 0 || isPastAskedFor) && (
        <KeyList
          keys={keys}
          usage={usage}
          apiAccess={apiAccess}
          onRevoke={mayChange ? setDialog : undefined}
          onRevokeIntent={loadRevokeDialog}
        />
      )}
      <Suspense>
        {dialog === 'create' && (
          <CreateKeyDialog
            takenNames={keys.filter(({ revoked_at }) => revoked_at === null).map(({ name }) => name)}
            onClose={close}
            onCreated={() => void refresh()}
            onPlanRefused={onPlanRefused}
          />
        )}
        {typeof dialog === 'object' && (
          <RevokeDialog apiKey={dialog} onClose={close} onRevoked={() => onRevoked(dialog)} />
        )}
      </Suspense>
    </>
  );
}

/** The server's list, plus the keys that were revoked on this page, each in the place of its creation time. */
function withRevoked(active: readonly ListedKey[], revoked: readonly ListedKey[]): readonly ListedKey[] {
  const gone = new Set(revoked.map(({ id }) => id));
  return [...revoked, ...active.filter(({ id }) => !gone.has(id))];
}

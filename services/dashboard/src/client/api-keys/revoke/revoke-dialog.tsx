import { Button, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { statusOf } from '../../api/api-error.ts';
import { apiKeysQuery, usageQuery } from '../../api/queries.ts';
import { revokeApiKey } from '../../api/requests.ts';
import { Dialog } from '../../parts/dialog.tsx';
import classes from '../../parts/dialog-layout.module.css';
import { RequestFailure } from '../../parts/request-failure.tsx';
import { useOneAtATime } from '../../parts/use-one-at-a-time.ts';
import { useMember } from '../../session/session-gate.tsx';
import { useEndedSession } from '../../session/use-ended-session.ts';
import { useNowMs } from '../../time/clock.tsx';
import { isUsedWithinADay, type ListedKey } from '../list/key-status.ts';
import { findUsage } from '../usage/key-usage.ts';
import { useUsage } from '../usage/use-usage.ts';
import { Evidence } from './evidence.tsx';
import { findNextMenu, findOwnMenu } from './row-menus.ts';

export interface RevokeDialogProps {
  readonly apiKey: ListedKey;
  readonly onClose: () => void;
  /** Called once every gateway refuses the key, or when it was revoked before. */
  readonly onRevoked: () => void;
}

/** Asks before it revokes a key, and shows the key's use. It says "revoked" only after the key service has. */
export function RevokeDialog({ apiKey, onClose, onRevoked }: RevokeDialogProps) {
  const { organization } = useMember();
  const nowMs = useNowMs();
  const hasEnded = useEndedSession();
  const titleId = useId();
  const textId = useId();
  const { key, usage } = useFreshEvidence(apiKey);
  const usedLately = isUsedWithinADay(key, nowMs) || (usage !== undefined && usage.requests > 0);
  const [needsName, setNeedsName] = useState(usedLately);
  // A key that turns out to be in use asks for its name from then on.
  if (usedLately && !needsName) setNeedsName(true);
  const [typed, setTyped] = useState('');
  const [waiting, oneAtATime] = useOneAtATime();
  const [failure, setFailure] = useState<unknown>();
  const revoked = useRef(false);
  const confirmed = !needsName || typed.trim() === apiKey.name;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (confirmed) void oneAtATime(revoke);
  };
  const revoke = async () => {
    setFailure(undefined);
    try {
      await revokeApiKey(organization.id, apiKey.id);
    } catch (error) {
      if (hasEnded(error)) return;
      // The key is revoked already, as requested.
      if (statusOf(error) !== 404) {
        setFailure(error);
        return;
      }
    }
    revoked.current = true;
    onRevoked();
  };

  return (
    <Dialog
      role="alertdialog"
      size="small"
      labelledBy={titleId}
      describedBy={textId}
      onCloseRequest={() => !waiting && onClose()}
      returnFocusTo={() => (revoked.current ? findNextMenu(apiKey.id) : findOwnMenu(apiKey.id))}
    >
      <form onSubmit={submit} noValidate autoComplete="off">
        <h2 id={titleId} className={classes.title}>
          Revoke '<bdi>{apiKey.name}</bdi>'?
        </h2>
        <div id={textId}>
          <p className={classes.lead}>Requests with this key fail at once. This cannot be undone.</p>
          <p className={classes.evidence}>
            <Evidence apiKey={key} usage={usage} />
          </p>
        </div>
        {needsName && (
          <TextInput
            className={classes.field ?? ''}
            label={
              <>
                Type '<bdi>{apiKey.name}</bdi>' to confirm
              </>
            }
            description="This key was used within the last day."
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        )}
        {failure !== undefined && (
          <div className={classes.failure}>
            <RequestFailure
              title="We could not confirm that the key is revoked. It may still work: try again."
              error={failure}
            />
          </div>
        )}
        <div className={classes.footer}>
          <Button variant="default" data-autofocus onClick={onClose} disabled={waiting}>
            Cancel
          </Button>
          <Button type="submit" color="red" miw="7.5rem" disabled={!confirmed} aria-disabled={waiting || !confirmed}>
            {waiting ? 'Revoking...' : 'Revoke key'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** The key and its usage, loaded again: the page may have been open for long. */
function useFreshEvidence(apiKey: ListedKey) {
  const { organization } = useMember();
  const queries = useQueryClient();
  useEffect(() => {
    void queries.invalidateQueries({ queryKey: apiKeysQuery(organization.id).queryKey });
    void queries.invalidateQueries({ queryKey: usageQuery(organization.id).queryKey });
  }, [queries, organization.id]);
  const { data } = useQuery(apiKeysQuery(organization.id));
  const usage = useUsage(organization.id);
  return { key: data?.data.find(({ id }) => id === apiKey.id) ?? apiKey, usage: findUsage(usage, apiKey.id) };
}

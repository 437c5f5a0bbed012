import { apiAccessByPlan, type OrganizationBody, type Plan, planNames } from '@engagetrack/contracts';
import { Button } from '@mantine/core';
import { useId, useState } from 'react';
import { changePlan } from '../api/requests.ts';
import { Dialog } from '../parts/dialog.tsx';
import classes from '../parts/dialog-layout.module.css';
import { RequestFailure } from '../parts/request-failure.tsx';
import { useOneAtATime } from '../parts/use-one-at-a-time.ts';
import { useMember } from '../session/session-gate.tsx';
import { useEndedSession } from '../session/use-ended-session.ts';
import { changeEffect } from './plan-facts.ts';

export interface ChangePlanDialogProps {
  readonly plan: Plan;
  /** Undefined while the list of keys is unknown. */
  readonly activeKeys: number | undefined;
  readonly onClose: () => void;
  readonly onChanged: (organization: OrganizationBody) => void;
}

/** Asks before a plan changes, and says what happens to the active keys. */
export function ChangePlanDialog({ plan, activeKeys, onClose, onChanged }: ChangePlanDialogProps) {
  const { organization } = useMember();
  const hasEnded = useEndedSession();
  const titleId = useId();
  const textId = useId();
  const [waiting, oneAtATime] = useOneAtATime();
  const [failure, setFailure] = useState<unknown>();
  const losesAccess = apiAccessByPlan[organization.plan] && !apiAccessByPlan[plan];

  const change = async () => {
    setFailure(undefined);
    try {
      onChanged(await changePlan(organization.id, plan));
    } catch (error) {
      if (hasEnded(error)) return;
      setFailure(error);
    }
  };

  return (
    <Dialog
      role="alertdialog"
      size="small"
      labelledBy={titleId}
      describedBy={textId}
      onCloseRequest={() => !waiting && onClose()}
      returnFocusTo={() => document.querySelector<HTMLElement>('h1')}
    >
      <h2 id={titleId} className={classes.title}>
        Move to {planNames[plan]}?
      </h2>
      <p id={textId} className={classes.lead}>
        {activeKeys === undefined
          ? 'We could not count your API keys. Every key follows the plan at once.'
          : changeEffect(organization.plan, plan, activeKeys)}
      </p>
      {failure !== undefined && (
        <div className={classes.failure}>
          <RequestFailure title="We could not confirm the change." error={failure} />
        </div>
      )}
      <div className={classes.footer}>
        <Button variant="default" data-autofocus onClick={onClose} disabled={waiting}>
          Cancel
        </Button>
        <Button
          {...(losesAccess ? { color: 'red' } : {})}
          miw="9rem"
          aria-disabled={waiting}
          onClick={() => oneAtATime(change)}
        >
          {waiting ? 'Changing...' : `Move to ${planNames[plan]}`}
        </Button>
      </div>
    </Dialog>
  );
}

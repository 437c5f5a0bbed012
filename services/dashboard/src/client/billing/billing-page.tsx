import { type OrganizationBody, type Plan, planNames, plans } from '@engagetrack/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { statusOf } from '../api/api-error.ts';
import { apiKeysQuery, sessionQuery } from '../api/queries.ts';
import { useAnnounce } from '../parts/announcer.tsx';
import { PageHeading } from '../parts/page-heading.tsx';
import { usePageTitle } from '../parts/use-page-title.ts';
import { SessionEnded } from '../session/session-ended.tsx';
import { useMember } from '../session/session-gate.tsx';
import classes from './billing-page.module.css';
import { ChangePlanDialog } from './change-plan-dialog.tsx';
import { PlanCard } from './plan-card.tsx';

export function BillingPage() {
  usePageTitle('Billing');
  const { organization } = useMember();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const keys = useQuery(apiKeysQuery(organization.id));
  const [chosen, setChosen] = useState<Plan>();
  const isOwner = organization.role === 'owner';

  if (statusOf(keys.error) === 401 && chosen === undefined) return <SessionEnded />;
  const onChanged = (changed: OrganizationBody) => {
    queries.setQueryData(sessionQuery.queryKey, (session) =>
      session === undefined
        ? undefined
        : { ...session, organizations: session.organizations.map((each) => (each.id === changed.id ? changed : each)) },
    );
    setChosen(undefined);
    announce(`The plan is now ${planNames[changed.plan]}.`);
  };

  return (
    <>
      <PageHeading>Billing</PageHeading>
      <p className={classes.lead}>
        {organization.name} is on <strong>{planNames[organization.plan]}</strong>. A change takes effect at once.
      </p>
      {!isOwner && (
        <p id="plan-reason" className={classes.reason}>
          Only the owner can change the plan.
        </p>
      )}
      <ul className={classes.plans} aria-label="Plans">
        {plans.map((plan) => (
          <PlanCard
            key={plan}
            plan={plan}
            isCurrent={plan === organization.plan}
            reasonId={isOwner ? undefined : 'plan-reason'}
            onChoose={() => setChosen(plan)}
          />
        ))}
      </ul>
      {chosen !== undefined && (
        <ChangePlanDialog
          plan={chosen}
          activeKeys={keys.data?.data.length}
          onClose={() => setChosen(undefined)}
          onChanged={onChanged}
        />
      )}
    </>
  );
}

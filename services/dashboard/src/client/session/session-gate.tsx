import type { OrganizationBody, SessionBody } from '@engagetrack/contracts';
import { useQuery } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { Navigate, Outlet, useLocation, useSearchParams } from 'react-router';
import { statusOf } from '../api/api-error.ts';
import { sessionQuery } from '../api/queries.ts';
import { RequestFailure } from '../parts/request-failure.tsx';
import { chooseOrganization, organizationParameter } from './current-organization.ts';
import { logInPath } from './next-path.ts';
import classes from './session-gate.module.css';

/** The user, and the organization that the page shows. */
export interface Member {
  readonly user: SessionBody['user'];
  readonly organizations: readonly OrganizationBody[];
  readonly organization: OrganizationBody;
}

const MemberContext = createContext<Member | undefined>(undefined);

export function useMember(): Member {
  const member = useContext(MemberContext);
  if (member === undefined) throw new Error('There is no SessionGate above');
  return member;
}

/** Shows its pages to a member only; leads any other visitor to the log-in page and back. */
export function SessionGate() {
  const session = useQuery(sessionQuery);
  const location = useLocation();
  const [parameters] = useSearchParams();
  // An open page stays when a later request finds the session ended: the page decides when to leave.
  if (session.data === undefined && statusOf(session.error) === 401)
    return <Navigate to={logInPath(location)} replace />;
  if (session.data === undefined)
    return (
      <main className={classes.waiting} aria-busy={session.isPending}>
        {session.error !== null && (
          <RequestFailure
            title="We could not load your account."
            error={session.error}
            onRetry={() => session.refetch()}
          />
        )}
      </main>
    );
  const { user, organizations } = session.data;
  const organization = chooseOrganization(organizations, parameters.get(organizationParameter));
  if (organization === undefined)
    return (
      <main className={classes.waiting}>
        <h1>No organization yet</h1>
        <p>Ask an owner to add {user.email} to their organization, then reload this page.</p>
      </main>
    );
  return (
    <MemberContext value={{ user, organizations, organization }}>
      <Outlet />
    </MemberContext>
  );
}

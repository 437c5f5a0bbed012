import { Button } from '@mantine/core';
import { Link } from 'react-router';
import { LockIcon } from '../parts/icons.tsx';
import { useOrganizationSearch } from '../shell/settings-layout.tsx';
import classes from './maker-card.module.css';

export const makerCardId = 'api-access';

/** Shown on a plan without API access: the needed plan and a link to billing. */
export function MakerCard() {
  const search = useOrganizationSearch();
  return (
    <section id={makerCardId} tabIndex={-1} className={classes.card} aria-labelledby="maker-title">
      <span className={classes.picture}>
        <LockIcon size={24} />
      </span>
      <div>
        <h2 id="maker-title" className={classes.title}>
          API access needs the Startup plan
        </h2>
        <p className={classes.lead}>Your organisation is on Maker. API keys work on Startup and Agency.</p>
        <div className={classes.actions}>
          <Button component={Link} to={{ pathname: '/settings/billing', search }}>
            See plans
          </Button>
          <Button component={Link} to={{ pathname: '/docs/api-keys', search }} variant="default">
            Read the docs
          </Button>
        </div>
      </div>
    </section>
  );
}

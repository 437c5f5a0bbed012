import { Button } from '@mantine/core';
import { Link } from 'react-router';
import { BookIcon, PlusIcon } from '../parts/icons.tsx';
import { PageHeading } from '../parts/page-heading.tsx';
import { useOrganizationSearch } from '../shell/settings-layout.tsx';
import { makerCardId } from './maker-card.tsx';
import classes from './page-header.module.css';

export interface PageHeaderProps {
  readonly mayChange: boolean;
  readonly apiAccess: boolean;
  readonly onCreate: () => void;
  /** Called when a person is about to create a key: the dialog's code may be loaded. */
  readonly onIntent: () => void;
}

const reasonId = 'create-reason';

export function PageHeader({ mayChange, apiAccess, onCreate, onIntent }: PageHeaderProps) {
  const search = useOrganizationSearch();
  return (
    <div className={classes.header}>
      <div className={classes.words}>
        <PageHeading>API keys</PageHeading>
        <p className={classes.lead}>
          Use API keys to read your analytics from servers, scripts and data pipelines. Keys belong to the organisation,
          not to you.
        </p>
      </div>
      <div className={classes.actions}>
        {!mayChange && (
          <p id={reasonId} className={classes.reason}>
            Only owners and admins can create keys.
          </p>
        )}
        <Button
          component={Link}
          to={{ pathname: '/docs/api-keys', search }}
          variant="default"
          leftSection={<BookIcon />}
        >
          Docs
        </Button>
        {apiAccess || !mayChange ? (
          <Button
            leftSection={<PlusIcon />}
            disabled={!mayChange}
            aria-describedby={mayChange ? undefined : reasonId}
            aria-keyshortcuts="c"
            onClick={onCreate}
            onFocus={onIntent}
            onPointerEnter={onIntent}
          >
            Create API key
          </Button>
        ) : (
          <Button component="a" href={`#${makerCardId}`} leftSection={<PlusIcon />}>
            Create API key
          </Button>
        )}
      </div>
    </div>
  );
}

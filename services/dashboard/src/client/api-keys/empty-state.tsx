import { Button } from '@mantine/core';
import { Link, useSearchParams } from 'react-router';
import { readGatewayUrl } from '../gateway-url.ts';
import { CodeBlock } from '../parts/code-block.tsx';
import { KeyIcon, PlusIcon } from '../parts/icons.tsx';
import { useMember } from '../session/session-gate.tsx';
import { firstCallSnippet } from './create/snippets.ts';
import classes from './empty-state.module.css';
import { parseListView, writeListView } from './list/list-view.ts';

/** Shown without keys: the purpose of keys, the button, and an example of the first call. */
export function EmptyState({ onCreate }: { readonly onCreate?: () => void }) {
  const { organization } = useMember();
  const [parameters] = useSearchParams();
  const revoked = writeListView(parameters, { ...parseListView(parameters), filter: 'revoked' });
  return (
    <section className={classes.empty} aria-labelledby="empty-title">
      <div className={classes.words}>
        <span className={classes.picture}>
          <KeyIcon size={26} />
        </span>
        <h2 id="empty-title" className={classes.title}>
          No API keys yet
        </h2>
        <p className={classes.lead}>
          Create a key for each integration so you can revoke one without breaking the others.
        </p>
        {onCreate !== undefined && (
          <Button size="md" leftSection={<PlusIcon />} onClick={onCreate}>
            Create API key
          </Button>
        )}
        <Link className={classes.past ?? ''} to={{ search: revoked.toString() }}>
          Keys that were revoked
        </Link>
      </div>
      <div className={classes.example}>
        <p className={classes.caption}>Your first call</p>
        <CodeBlock
          code={firstCallSnippet({ gatewayUrl: readGatewayUrl(), organizationId: organization.id })}
          what="the first call"
        />
      </div>
    </section>
  );
}

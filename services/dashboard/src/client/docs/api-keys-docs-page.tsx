import { scopeTable } from '@engagetrack/contracts';
import { curlSnippet } from '../api-keys/create/snippets.ts';
import { readGatewayUrl } from '../gateway-url.ts';
import { CodeBlock } from '../parts/code-block.tsx';
import { PageHeading } from '../parts/page-heading.tsx';
import { usePageTitle } from '../parts/use-page-title.ts';
import { useMember } from '../session/session-gate.tsx';
import classes from './api-keys-docs-page.module.css';

const refusals: readonly (readonly [status: string, meaning: string])[] = [
  ['401', 'The key is missing, unknown, expired or revoked. Create a new one, or check how it is sent.'],
  ['402', 'The plan has no API access. It is part of Startup and Agency.'],
  ['403', 'The key lacks the permission that the answer names. Create a key that has it.'],
  ['404', 'There is nothing at this address, or it belongs to another organization.'],
  ['429', 'The key has used up its requests for this minute. The answer says when to go on.'],
];

/** How to use a key, with examples for the current organization. */
export function ApiKeysDocsPage() {
  usePageTitle('Using API keys');
  const { organization } = useMember();
  const gatewayUrl = readGatewayUrl();
  return (
    <article className={classes.page}>
      <PageHeading>Using API keys</PageHeading>
      <section>
        <h2>Send it as a bearer token</h2>
        <p>
          Keys go into the <code>Authorization</code> header of requests to <code>{gatewayUrl}/api/v1</code>. Keep them
          on servers, in an environment variable or a secret store; never in a page, an app or a repository.
        </p>
        <CodeBlock
          code={curlSnippet({ gatewayUrl, organizationId: organization.id, scopes: ['analytics:read'] })}
          what="a first request"
        />
      </section>
      <section>
        <h2>Permissions</h2>
        <p>A key can do what its scopes say and nothing else. Write never includes read.</p>
        <table>
          <caption className="visually-hidden">What each scope allows</caption>
          <thead>
            <tr>
              <th scope="col">Scope</th>
              <th scope="col">Allows</th>
            </tr>
          </thead>
          <tbody>
            {scopeTable.map(({ scope, allows }) => (
              <tr key={scope}>
                <th scope="row">
                  <code>{scope}</code>
                </th>
                <td>{allows}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <section>
        <h2>Limits</h2>
        <p>
          Each key may send 600 requests a minute to the analytics endpoints. Every answer says where you are in{' '}
          <code>X-RateLimit-Limit</code>, <code>X-RateLimit-Remaining</code> and <code>X-RateLimit-Reset</code> (Unix
          seconds).
        </p>
      </section>
      <section>
        <h2>When a request is refused</h2>
        <table>
          <caption className="visually-hidden">What each status means</caption>
          <thead>
            <tr>
              <th scope="col">Status</th>
              <th scope="col">What it means</th>
            </tr>
          </thead>
          <tbody>
            {refusals.map(([status, meaning]) => (
              <tr key={status}>
                <th scope="row">
                  <code>{status}</code>
                </th>
                <td>{meaning}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </article>
  );
}

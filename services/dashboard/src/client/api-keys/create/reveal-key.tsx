import type { CreatedApiKeyBody } from '@engagetrack/contracts';
import { Button, Checkbox, Tabs } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { readGatewayUrl } from '../../gateway-url.ts';
import { CodeBlock } from '../../parts/code-block.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import layout from '../../parts/dialog-layout.module.css';
import { useMember } from '../../session/session-gate.tsx';
import classes from './reveal-key.module.css';
import { curlSnippet, environmentSnippet, javaScriptSnippet, pythonSnippet } from './snippets.ts';
import { TestRequest } from './test-request.tsx';

export interface RevealKeyProps {
  readonly titleId: string;
  readonly leadId: string;
  readonly created: CreatedApiKeyBody;
  /** Whether the key was copied, or the person confirms that it is stored. */
  readonly stored: boolean;
  readonly onStored: (stored: boolean) => void;
  readonly onDone: () => void;
}

/** The only place that shows a key. */
export function RevealKey({ titleId, leadId, created, stored, onStored, onDone }: RevealKeyProps) {
  const { organization } = useMember();
  const heading = useRef<HTMLHeadingElement>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const markStored = () => onStored(true);
  const parts = { gatewayUrl: readGatewayUrl(), organizationId: organization.id, scopes: created.scopes };
  const snippets = [
    { name: '.env', code: environmentSnippet(created.key), what: 'the line for an .env file', onCopied: markStored },
    { name: 'curl', code: curlSnippet(parts), what: 'the curl example' },
    { name: 'JavaScript', code: javaScriptSnippet(parts), what: 'the JavaScript example' },
    { name: 'Python', code: pythonSnippet(parts), what: 'the Python example' },
  ];

  return (
    <div data-private data-sentry-mask data-hj-suppress>
      <h2 ref={heading} id={titleId} tabIndex={-1} className={layout.title}>
        Save your API key
      </h2>
      <p id={leadId} className={layout.lead}>
        This is the only time the full key is shown. If you lose it, revoke it and create a new one.
      </p>
      <div className={layout.sections}>
        <div className={classes.key}>
          <input
            ref={field}
            className={classes.field}
            aria-label="API key"
            value={created.key}
            readOnly
            autoComplete="off"
            spellCheck={false}
            onFocus={(event) => event.currentTarget.select()}
            onCopy={markStored}
          />
          <CopyButton
            text={created.key}
            what="the key"
            variant="filled"
            onCopied={markStored}
            onFailed={() => field.current?.select()}
          />
        </div>
        <Tabs defaultValue=".env" keepMounted={false}>
          <Tabs.List aria-label="Examples">
            {snippets.map(({ name }) => (
              <Tabs.Tab key={name} value={name}>
                {name}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {snippets.map(({ name, ...snippet }) => (
            <Tabs.Panel key={name} value={name} pt="sm">
              <CodeBlock {...snippet} />
            </Tabs.Panel>
          ))}
        </Tabs>
        <TestRequest apiKey={created.key} />
        <Checkbox
          label="I have stored this key"
          checked={stored}
          onChange={(event) => onStored(event.currentTarget.checked)}
        />
      </div>
      <div className={`${layout.footer} ${layout.sticky}`}>
        <Button disabled={!stored} onClick={onDone}>
          Done
        </Button>
      </div>
    </div>
  );
}

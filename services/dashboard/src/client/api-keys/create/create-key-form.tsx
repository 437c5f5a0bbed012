import { type CreatedApiKeyBody, type Scope, scopes as scopeOrder } from '@engagetrack/contracts';
import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useRef, useState } from 'react';
import { statusOf } from '../../api/api-error.ts';
import { createApiKey } from '../../api/requests.ts';
import classes from '../../parts/dialog-layout.module.css';
import { RequestFailure } from '../../parts/request-failure.tsx';
import { useOneAtATime } from '../../parts/use-one-at-a-time.ts';
import { useMember } from '../../session/session-gate.tsx';
import { useEndedSession } from '../../session/use-ended-session.ts';
import { useNowMs } from '../../time/clock.tsx';
import type { ExpiryChoice } from './expiry-choice.ts';
import { ExpiryField } from './expiry-field.tsx';
import { type FormFaults, faultFromRefusal, firstFault, judgeForm } from './judge-form.ts';
import { PermissionsField } from './permissions-field.tsx';
import { type Preset, scopesOf } from './scope-presets.ts';

export interface CreateKeyFormProps {
  readonly titleId: string;
  readonly leadId: string;
  readonly takenNames: readonly string[];
  readonly onCancel: () => void;
  readonly onCreated: (key: CreatedApiKeyBody) => void;
  readonly onPlanRefused: () => void;
}

const usualExpiry: ExpiryChoice = { preset: '90_days', date: '' };

export function CreateKeyForm({ titleId, leadId, takenNames, onCancel, onCreated, onPlanRefused }: CreateKeyFormProps) {
  const { organization } = useMember();
  const nowMs = useNowMs();
  const hasEnded = useEndedSession();
  const [name, setName] = useState('');
  const [preset, setPreset] = useState<Preset>('reporting');
  // The matrix starts from the smallest preset, even if the arrow keys pass other presets on the way to it.
  const [custom, setCustom] = useState<ReadonlySet<Scope>>(new Set(scopesOf('reporting', new Set())));
  const [expiry, setExpiry] = useState(usualExpiry);
  const [faults, setFaults] = useState<FormFaults>({});
  const [failure, setFailure] = useState<unknown>();
  const [waiting, oneAtATime] = useOneAtATime();
  // One for the dialog, so that all its submits share it.
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const form = useRef<HTMLFormElement>(null);

  const scopes = scopesOf(preset, custom);
  const taken = takenNames.includes(name.trim());
  const complain = (found: FormFaults) => {
    setFaults(found);
    const field = firstFault(found);
    if (field !== undefined) requestAnimationFrame(() => focusField(form.current, field));
  };
  const create = async () => {
    const judged = judgeForm({ name, scopes, expiry }, nowMs);
    if ('faults' in judged) {
      complain(judged.faults);
      return;
    }
    setFaults({});
    setFailure(undefined);
    try {
      onCreated(await createApiKey(organization.id, judged.key, idempotencyKey));
    } catch (error) {
      if (hasEnded(error)) return;
      if (statusOf(error) === 402) onPlanRefused();
      else {
        const refused = faultFromRefusal(error);
        if (refused === undefined) setFailure(error);
        else complain(refused);
      }
    }
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void oneAtATime(create);
  };

  return (
    <form ref={form} onSubmit={submit} noValidate autoComplete="off">
      <h2 id={titleId} className={classes.title}>
        Create API key
      </h2>
      <p id={leadId} className={classes.lead}>
        Give it only what its job needs. You can always create another one.
      </p>
      <div className={classes.sections}>
        <TextInput
          label="Name"
          description="For example: Data warehouse sync"
          data-field="name"
          data-autofocus
          maxLength={200}
          required
          withAsterisk={false}
          value={name}
          error={faults.name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {taken && (
          <p role="status" className={classes.warning}>
            An active key has this name already. Another name tells them apart.
          </p>
        )}
        <PermissionsField
          preset={preset}
          onPreset={setPreset}
          custom={custom}
          onCustom={(chosen) => setCustom(new Set(scopeOrder.filter((scope) => chosen.has(scope))))}
          fault={faults.scopes}
        />
        <ExpiryField choice={expiry} onChoice={setExpiry} nowMs={nowMs} fault={faults.expires_at} />
        {failure !== undefined && <RequestFailure title={failureTitle(failure)} error={failure} />}
      </div>
      <div className={`${classes.footer} ${classes.sticky}`}>
        <Button variant="default" onClick={onCancel}>
          Cancel
        </Button>
        <Button type="submit" miw="8.5rem" aria-disabled={waiting}>
          {waiting ? 'Creating...' : 'Create key'}
        </Button>
      </div>
    </form>
  );
}

function focusField(form: HTMLFormElement | null, field: string): void {
  const found = form?.querySelector<HTMLElement>(`[data-field="${field}"]`);
  const control = found?.matches('input') ? found : found?.querySelector<HTMLElement>('input:checked, input');
  control?.focus();
}

/** Without an answer the page cannot know whether the key exists, and "failed" would be a guess. */
function failureTitle(failure: unknown): string {
  return statusOf(failure) === 0
    ? 'We do not know whether the key was created. Look at the list before you try again.'
    : 'The key was not created.';
}

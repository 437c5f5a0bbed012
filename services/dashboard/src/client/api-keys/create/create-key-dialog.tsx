import type { CreatedApiKeyBody } from '@engagetrack/contracts';
import { useId, useState } from 'react';
import { Dialog } from '../../parts/dialog.tsx';
import { CloseGuard } from './close-guard.tsx';
import { CreateKeyForm } from './create-key-form.tsx';
import { RevealKey } from './reveal-key.tsx';
import { useBackGuard } from './use-back-guard.ts';

export interface CreateKeyDialogProps {
  /** Names of the active keys; the form warns of a second key with the same name. */
  readonly takenNames: readonly string[];
  readonly onClose: () => void;
  readonly onCreated: () => void;
  /** Called when the organization's plan turns out not to include API access. */
  readonly onPlanRefused: () => void;
}

/**
 * The form, and then, in the same dialog, the key.
 *
 * Guarantee: only this component's state holds the created key: no cache, no storage, no address. When the dialog
 * closes, the key is gone.
 */
export function CreateKeyDialog({ takenNames, onClose, onCreated, onPlanRefused }: CreateKeyDialogProps) {
  const titleId = useId();
  const leadId = useId();
  const [created, setCreated] = useState<CreatedApiKeyBody>();
  const [stored, setStored] = useState(false);
  const [asking, setAsking] = useState(false);
  const unsaved = created !== undefined && !stored;
  const requestClose = () => {
    if (unsaved) setAsking(true);
    else onClose();
  };
  useBackGuard({ guarded: unsaved, onBack: requestClose });

  return (
    <Dialog labelledBy={titleId} describedBy={leadId} onCloseRequest={requestClose}>
      {created === undefined ? (
        <CreateKeyForm
          titleId={titleId}
          leadId={leadId}
          takenNames={takenNames}
          onCancel={onClose}
          onPlanRefused={onPlanRefused}
          onCreated={(key) => {
            setCreated(key);
            onCreated();
          }}
        />
      ) : (
        <RevealKey
          titleId={titleId}
          leadId={leadId}
          created={created}
          stored={stored}
          onStored={setStored}
          onDone={requestClose}
        />
      )}
      {asking && <CloseGuard onBack={() => setAsking(false)} onClose={onClose} />}
    </Dialog>
  );
}

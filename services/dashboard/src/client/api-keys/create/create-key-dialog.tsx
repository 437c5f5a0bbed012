import type { CreatedApiKeyBody } from '@engagetrack/contracts';
import { useId, useState } from 'react';
import { Dialog } from '../../parts/dialog.tsx';
import { CloseGuard } from './close-guard.tsx';
import { CreateKeyForm } from './create-key-form.tsx';
import { RevealKey } from './reveal-key.tsx';
import { useBackGuard } from './use-back-guard.ts';

export interface CreateKeyDialogProps {
  /** Of the active keys; a second key of the same name is worth a warning. */
  readonly takenNames: readonly string[];
  readonly onClose: () => void;
  readonly onCreated: () => void;
  /** The organization's plan turned out not to include API access. */
  readonly onPlanRefused: () => void;
}

/**
 * The form, and then, in the same dialog, the key.
 *
 * Guarantee: the created key is held by this component's state and by nothing else: no cache, no storage, no address.
 * When the dialog closes, it is gone.
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

import { Button } from '@mantine/core';
import { useId } from 'react';
import { Dialog } from '../../parts/dialog.tsx';
import classes from '../../parts/dialog-layout.module.css';

export interface CloseGuardProps {
  readonly onBack: () => void;
  readonly onClose: () => void;
}

/** Asks before a key that was not copied is lost for good. */
export function CloseGuard({ onBack, onClose }: CloseGuardProps) {
  const titleId = useId();
  const textId = useId();
  return (
    <Dialog role="alertdialog" size="small" labelledBy={titleId} describedBy={textId} onCloseRequest={onBack}>
      <h2 id={titleId} className={classes.title}>
        Close without copying?
      </h2>
      <p id={textId} className={classes.lead}>
        You will not see this key again.
      </p>
      <div className={classes.footer}>
        <Button data-autofocus onClick={onBack}>
          Go back
        </Button>
        <Button variant="default" onClick={onClose}>
          Close anyway
        </Button>
      </div>
    </Dialog>
  );
}

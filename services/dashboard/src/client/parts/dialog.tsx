import { type ReactNode, type SyntheticEvent, useEffectEvent, useLayoutEffect, useRef } from 'react';
import classes from './dialog.module.css';

export interface DialogProps {
  readonly role?: 'dialog' | 'alertdialog';
  /** The id of the heading that names the dialog. */
  readonly labelledBy: string;
  /** The id of the text that describes the dialog. */
  readonly describedBy?: string;
  readonly size?: 'small' | 'wide';
  /** The element that gets focus afterwards; without it, the one that had focus before. */
  readonly returnFocusTo?: () => HTMLElement | null | undefined;
  /** Called for Escape or a press beside the dialog. The parent decides whether to close it. */
  readonly onCloseRequest: () => void;
  readonly children: ReactNode;
}

/**
 * A modal dialog, open as long as it is rendered. The browser's own `<dialog>` makes everything behind it inert, keeps
 * focus inside and gives it back; the element with `data-autofocus` gets it first.
 */
export function Dialog(props: DialogProps) {
  const { role = 'dialog', labelledBy, describedBy, size = 'wide', onCloseRequest, children } = props;
  const ref = useRef<HTMLDialogElement>(null);
  const returnFocusTo = useEffectEvent(() => props.returnFocusTo?.());
  const pressedBeside = useRef(false);
  useLayoutEffect(() => {
    const dialog = ref.current;
    const opener = document.activeElement;
    dialog?.showModal();
    dialog?.querySelector<HTMLElement>('[data-autofocus]')?.focus();
    return () => {
      dialog?.close();
      const next = returnFocusTo() ?? opener;
      if (next instanceof HTMLElement && next.isConnected) next.focus();
    };
  }, []);

  const isBeside = (event: SyntheticEvent): boolean => event.target === ref.current;
  return (
    <dialog
      ref={ref}
      role={role}
      aria-modal="true"
      aria-labelledby={labelledBy}
      aria-describedby={describedBy}
      // This component handles Escape: a browser would let a second one close the dialog without asking.
      closedby="none"
      className={`${classes.dialog} ${size === 'small' ? classes.small : classes.wide}`}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        event.stopPropagation();
        onCloseRequest();
      }}
      onCancel={(event) => event.preventDefault()}
      onPointerDown={(event) => {
        pressedBeside.current = isBeside(event);
      }}
      onClick={(event) => {
        // A press that began inside, such as the selection of a text, is no request to close.
        if (isBeside(event) && pressedBeside.current) onCloseRequest();
      }}
    >
      <div className={classes.content}>{children}</div>
    </dialog>
  );
}

import { Button, type ButtonVariant } from '@mantine/core';
import { useEffect, useState } from 'react';
import { copyKeys, copyText } from './copy-text.ts';
import { CheckIcon, CopyIcon } from './icons.tsx';

export interface CopyButtonProps {
  readonly text: string;
  /** A name for screen readers, which cannot see what the button stands beside: "the key". */
  readonly what: string;
  readonly variant?: ButtonVariant;
  readonly onCopied?: () => void;
  /** Called when the clipboard refused: select the text, so that the person can copy it. */
  readonly onFailed?: () => void;
}

const labelMs = 2_000;

export function CopyButton({ text, what, variant = 'default', onCopied, onFailed }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<'copied' | 'failed' | undefined>();
  useEffect(() => {
    if (outcome !== 'copied') return;
    const timer = setTimeout(() => setOutcome(undefined), labelMs);
    return () => clearTimeout(timer);
  }, [outcome]);

  const copy = async () => {
    const copied = await copyText(text);
    setOutcome(copied ? 'copied' : 'failed');
    if (copied) onCopied?.();
    else onFailed?.();
  };
  return (
    <>
      <Button
        variant={variant}
        size="sm"
        miw="6.75rem"
        leftSection={outcome === 'copied' ? <CheckIcon /> : <CopyIcon />}
        onClick={copy}
      >
        {outcome === 'copied' ? 'Copied' : 'Copy'}
        <span className="visually-hidden">{outcome === 'copied' ? '' : ` ${what}`}</span>
      </Button>
      <span aria-live="polite" className={outcome === 'failed' ? undefined : 'visually-hidden'}>
        {outcome === 'failed' ? copyKeys() : outcome === 'copied' ? `Copied ${what}` : ''}
      </span>
    </>
  );
}

import { useRef } from 'react';
import classes from './code-block.module.css';
import { CopyButton } from './copy-button.tsx';

export interface CodeBlockProps {
  readonly code: string;
  /** A name for the copy button and for screen readers: "the curl example". */
  readonly what: string;
  readonly onCopied?: () => void;
}

/** Text to paste somewhere, with a button that copies it. */
export function CodeBlock({ code, what, onCopied }: CodeBlockProps) {
  const ref = useRef<HTMLPreElement>(null);
  return (
    <div className={classes.block}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, and not only under a mouse. */}
      <section className={classes.scroll} tabIndex={0} aria-label={what}>
        <pre ref={ref} className={classes.code}>
          <code>{code}</code>
        </pre>
      </section>
      <div className={classes.copy}>
        <CopyButton
          text={code}
          what={what}
          {...(onCopied === undefined ? {} : { onCopied })}
          onFailed={() => ref.current && getSelection()?.selectAllChildren(ref.current)}
        />
      </div>
    </div>
  );
}

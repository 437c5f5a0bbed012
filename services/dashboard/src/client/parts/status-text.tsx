import type { ReactNode } from 'react';
import classes from './status-text.module.css';

export type Tone = 'good' | 'caution' | 'danger' | 'neutral' | 'accent';

/** A state as a picture, a colour and a word; the word alone has the whole meaning. */
export function StatusText({
  tone,
  icon,
  children,
}: {
  readonly tone: Tone;
  readonly icon?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <span className={`${classes.status} ${classes[tone]}`}>
      {icon}
      <span>{children}</span>
    </span>
  );
}

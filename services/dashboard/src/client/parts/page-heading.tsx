import { type ReactNode, useEffect, useRef } from 'react';
import { useNavigationType } from 'react-router';
import classes from './page-heading.module.css';

/** Whether this document shows its first page, which a browser reads out by itself. */
let someHeadingWasShown = false;

/** The heading of a page. After navigation without a load it takes the focus, so that a screen reader reads it out. */
export function PageHeading({ children }: { readonly children: ReactNode }) {
  const ref = useRef<HTMLHeadingElement>(null);
  const navigation = useRef(useNavigationType());
  useEffect(() => {
    if (someHeadingWasShown || navigation.current !== 'POP') ref.current?.focus();
    someHeadingWasShown = true;
  }, []);
  return (
    <h1 ref={ref} tabIndex={-1} className={classes.heading}>
      {children}
    </h1>
  );
}

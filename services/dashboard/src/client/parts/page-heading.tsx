import { type ReactNode, useEffect, useRef } from 'react';
import { useNavigationType } from 'react-router';
import classes from './page-heading.module.css';

/** Of this document: a browser reads out by itself only the page that it loaded. */
let someHeadingWasShown = false;

/** The heading of a page. It takes the focus when one comes here without loading: that is how a screen reader hears of it. */
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

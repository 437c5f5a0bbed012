import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import classes from './not-found-page.module.css';

interface CrashState {
  readonly crashed: boolean;
}

/** Shown when a page fails unexpectedly. React has no such boundary but a class. */
export class CrashPage extends Component<{ readonly children: ReactNode }, CrashState> {
  override state: CrashState = { crashed: false };

  static getDerivedStateFromError(): CrashState {
    return { crashed: true };
  }

  override render(): ReactNode {
    if (!this.state.crashed) return this.props.children;
    return (
      <main className={classes.page}>
        <h1 className={classes.title}>Something went wrong on this page</h1>
        <p>Nothing that you confirmed is lost. Reload the page to go on.</p>
        <Button onClick={() => location.reload()}>Reload</Button>
      </main>
    );
  }
}

import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import classes from './not-found-page.module.css';

interface CrashState {
  readonly crashed: boolean;
}

/** What is shown when a page fails in a way that nobody thought of. React knows such a boundary as a class only. */
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

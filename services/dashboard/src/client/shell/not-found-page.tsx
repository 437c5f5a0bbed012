import { Link } from 'react-router';
import { usePageTitle } from '../parts/use-page-title.ts';
import { firstPath } from '../session/next-path.ts';
import { Logo } from './logo.tsx';
import classes from './not-found-page.module.css';

export function NotFoundPage() {
  usePageTitle('Page not found');
  return (
    <main className={classes.page}>
      <Logo />
      <h1 className={classes.title}>There is no page at this address</h1>
      <p>
        <Link to={firstPath}>Go to API keys</Link>
      </p>
    </main>
  );
}

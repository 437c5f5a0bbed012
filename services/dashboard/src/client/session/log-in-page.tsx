import { Alert, Button, PasswordInput, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { Navigate, useNavigate, useSearchParams } from 'react-router';
import { ApiError } from '../api/api-error.ts';
import { sessionQuery } from '../api/queries.ts';
import { logIn } from '../api/requests.ts';
import { useOneAtATime } from '../parts/use-one-at-a-time.ts';
import { usePageTitle } from '../parts/use-page-title.ts';
import { Logo } from '../shell/logo.tsx';
import { minuteMs } from '../time/format.ts';
import classes from './log-in-page.module.css';
import { parseNextPath } from './next-path.ts';

export function LogInPage() {
  usePageTitle('Log in');
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [parameters] = useSearchParams();
  const next = parseNextPath(parameters.get('next'));
  // Uses an answer that is in memory already: this page sends no request of its own.
  const session = useQuery({ ...sessionQuery, enabled: false });
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [waiting, oneAtATime] = useOneAtATime();
  const [problem, setProblem] = useState<string>();
  const passwordField = useRef<HTMLInputElement>(null);
  if (session.data !== undefined) return <Navigate to={next} replace />;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void oneAtATime(enter);
  };
  const enter = async () => {
    setProblem(undefined);
    try {
      const loggedIn = await logIn(email.trim(), password);
      queries.setQueryData(sessionQuery.queryKey, loggedIn);
      navigate(next, { replace: true });
    } catch (error) {
      setProblem(explain(error));
      passwordField.current?.focus();
      passwordField.current?.select();
    }
  };

  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <Logo />
        <h1 className={classes.title}>Log in</h1>
        <p className={classes.lead}>Manage the API keys and the plan of your organization.</p>
        {/* The method keeps a password out of the address even if the script never ran. */}
        <form method="post" onSubmit={submit} className={classes.form} noValidate>
          {problem !== undefined && (
            <Alert role="alert" color="red" variant="outline" className={classes.problem ?? ''}>
              {problem}
            </Alert>
          )}
          <TextInput
            label="Email"
            type="email"
            name="email"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
            size="md"
            data-autofocus
          />
          <PasswordInput
            ref={passwordField}
            label="Password"
            name="password"
            autoComplete="current-password"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            visibilityToggleFocusable
            visibilityToggleButtonProps={{ 'aria-label': 'Show password' }}
            size="md"
          />
          <Button type="submit" size="md" fullWidth aria-disabled={waiting}>
            {waiting ? 'Logging in...' : 'Log in'}
          </Button>
        </form>
      </div>
    </main>
  );
}

function explain(error: unknown): string {
  if (!(error instanceof ApiError)) return 'Something unexpected happened. Try again.';
  switch (error.status) {
    case 0:
    case 502:
    case 503:
      return 'The server does not answer just now. Try again in a moment.';
    case 400:
      return 'Enter your email and your password.';
    case 429: {
      const minutes = Math.max(1, Math.ceil(((error.retryAfterSeconds ?? 60) * 1000) / minuteMs));
      return `Too many attempts. Try again in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`;
    }
    default:
      return `${error.message}.`;
  }
}

import { Alert, Button } from '@mantine/core';
import { ApiError } from '../api/api-error.ts';
import { CopyButton } from './copy-button.tsx';
import { WarningIcon } from './icons.tsx';
import classes from './request-failure.module.css';

export interface RequestFailureProps {
  /** A sentence that says which action failed. */
  readonly title: string;
  readonly error: unknown;
  readonly onRetry?: () => void;
}

/** Shows a failure in place: the cause, the next step, and the request id for support. */
export function RequestFailure({ title, error, onRetry }: RequestFailureProps) {
  const requestId = error instanceof ApiError ? error.requestId : undefined;
  return (
    <Alert
      role="alert"
      variant="outline"
      color="red"
      icon={<WarningIcon size={20} />}
      title={title}
      className={classes.alert ?? ''}
    >
      <p>{error instanceof ApiError ? `${error.message}.` : 'Something unexpected happened.'}</p>
      {requestId !== undefined && (
        <p className={classes.request}>
          Request id <code>{requestId}</code> <CopyButton text={requestId} what="the request id" />
        </p>
      )}
      {onRetry !== undefined && (
        <Button variant="default" size="sm" onClick={onRetry}>
          Try again
        </Button>
      )}
    </Alert>
  );
}

import { useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { statusOf } from '../api/api-error.ts';
import { logInPath } from './next-path.ts';

/** Forgets everything about a session and leads to the log-in page. */
export function useLeave(): (path: string) => void {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useCallback(
    (path) => {
      navigate(path, { replace: true });
      queries.clear();
    },
    [navigate, queries],
  );
}

/** Handles a refused change: a 401 means that the session has ended. @returns whether it has. */
export function useEndedSession(): (error: unknown) => boolean {
  const leave = useLeave();
  const location = useLocation();
  return (error) => {
    if (statusOf(error) !== 401) return false;
    leave(logInPath(location));
    return true;
  };
}

import { useEffect } from 'react';
import { useLocation } from 'react-router';
import { logInPath } from './next-path.ts';
import { useLeave } from './use-ended-session.ts';

/** Takes the place of a page whose session has ended: forgets all answers, and leads to the log-in and back. */
export function SessionEnded() {
  const leave = useLeave();
  const location = useLocation();
  useEffect(() => leave(logInPath(location)), [leave, location]);
  return null;
}

import { Button } from '@mantine/core';
import { useState } from 'react';
import { sendTestRequest, type TestAnswer } from '../../api/requests.ts';
import { PlayIcon } from '../../parts/icons.tsx';
import { RequestFailure } from '../../parts/request-failure.tsx';
import { StatusText } from '../../parts/status-text.tsx';
import { useOneAtATime } from '../../parts/use-one-at-a-time.ts';
import { useMember } from '../../session/session-gate.tsx';
import { formatNumber, formatTimeOfDay } from '../../time/format.ts';
import classes from './reveal-key.module.css';

/** Tries a key out while it is shown. The answer comes from the gateway, as for any caller. */
export function TestRequest({ apiKey }: { readonly apiKey: string }) {
  const { organization } = useMember();
  const [waiting, oneAtATime] = useOneAtATime();
  const [answer, setAnswer] = useState<TestAnswer>();
  const [failure, setFailure] = useState<unknown>();
  const send = async () => {
    setFailure(undefined);
    try {
      setAnswer(await sendTestRequest(organization.id, apiKey));
    } catch (error) {
      setAnswer(undefined);
      setFailure(error);
    }
  };
  return (
    <div className={classes.test}>
      <Button
        variant="default"
        leftSection={<PlayIcon />}
        aria-disabled={waiting}
        miw="13rem"
        onClick={() => oneAtATime(send)}
      >
        {waiting ? 'Sending...' : 'Send a test request'}
      </Button>
      <div role="status" className={answer === undefined ? 'visually-hidden' : classes.outcome}>
        {answer !== undefined && <Outcome answer={answer} />}
      </div>
      {failure !== undefined && <RequestFailure title="The test request was not sent." error={failure} />}
    </div>
  );
}

function Outcome({ answer }: { readonly answer: TestAnswer }) {
  const { status, error, request, limit, remaining, reset } = answer;
  const works = status < 400;
  const lacksScope = status === 403;
  return (
    <>
      <p>
        <StatusText tone={works ? 'good' : lacksScope ? 'caution' : 'danger'}>
          {status} {works ? 'OK' : ''}
        </StatusText>{' '}
        {works && 'The key works.'}
        {lacksScope && 'The key works; this request needs a permission that it does not have, as you chose.'}
        {!works && !lacksScope && error}
      </p>
      <p className={classes.request}>{request}</p>
      {limit !== null && (
        <dl className={classes.limits}>
          <Limit name="Limit" value={`${formatNumber(Number(limit))} a minute`} />
          <Limit name="Remaining" value={formatNumber(Number(remaining))} />
          <Limit name="Resets" value={formatTimeOfDay(Number(reset) * 1_000)} />
        </dl>
      )}
    </>
  );
}

function Limit({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

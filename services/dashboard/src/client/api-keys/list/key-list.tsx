import { useMediaQuery } from '@mantine/hooks';
import { useDeferredValue, useRef } from 'react';
import { useSearchParams } from 'react-router';
import { useStable } from '../../parts/use-stable.ts';
import { useNowMs } from '../../time/clock.tsx';
import classes from './key-list.module.css';
import { type KeyListProps, KeyRows } from './key-rows.tsx';
import { ListAdvice } from './list-advice.tsx';
import { ListToolbar } from './list-toolbar.tsx';
import { type ListView, parseListView, pastFilterOf, writeListView } from './list-view.ts';
import { PastKeys } from './past-keys.tsx';
import { SummaryStrip } from './summary-strip.tsx';

/** A summary of the keys, advice, the toolbar, and the keys. */
export function KeyList(props: KeyListProps) {
  const { keys, usage } = props;
  const nowMs = useNowMs();
  const [parameters, setParameters] = useSearchParams();
  // The search field shows each letter at once; React renders the rows later, in small steps.
  const rowParameters = useDeferredValue(parameters);
  const narrow = useMediaQuery('(max-width: 719.98px)', false, { getInitialValueInEffect: false });
  const top = useRef<HTMLDivElement>(null);
  const view = parseListView(parameters);
  const past = pastFilterOf(parseListView(rowParameters));

  const change = useStable((options: Partial<ListView>) => {
    const { page = 1, ...rest } = options;
    // Typing in the search field adds one history entry, not one for each letter.
    const isTyping = options.search !== undefined && options.filter === undefined;
    setParameters(writeListView(parameters, { ...view, ...rest, page }), { replace: isTyping });
    if (options.page !== undefined) top.current?.scrollIntoView({ block: 'start' });
  });
  const rows = { ...props, parameters: rowParameters, narrow, onChange: change };

  return (
    <>
      <SummaryStrip keys={keys} usage={usage} nowMs={nowMs} onChange={change} />
      <ListAdvice keys={keys} nowMs={nowMs} onChange={change} />
      <div ref={top} className={classes.list}>
        <ListToolbar view={view} narrow={narrow} onChange={change} />
        {past === undefined ? <KeyRows {...rows} /> : <PastKeys key={past} status={past} {...rows} />}
      </div>
    </>
  );
}

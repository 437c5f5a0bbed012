import { type Plan, planNames } from '@engagetrack/contracts';
import { Button } from '@mantine/core';
import { CheckIcon, CrossIcon } from '../parts/icons.tsx';
import { StatusText } from '../parts/status-text.tsx';
import classes from './billing-page.module.css';
import { planFacts } from './plan-facts.ts';

export interface PlanCardProps {
  readonly plan: Plan;
  readonly isCurrent: boolean;
  /** The id of the text that says why the plan cannot be changed; undefined for a member who may change it. */
  readonly reasonId: string | undefined;
  readonly onChoose: () => void;
}

export function PlanCard({ plan, isCurrent, reasonId, onChoose }: PlanCardProps) {
  const { summary, included, missing } = planFacts[plan];
  return (
    <li className={classes.plan} data-current={isCurrent || undefined}>
      <div className={classes.head}>
        <h2 className={classes.name}>{planNames[plan]}</h2>
        {isCurrent && <StatusText tone="accent">Current plan</StatusText>}
      </div>
      <p className={classes.summary}>{summary}</p>
      <ul className={classes.facts}>
        {included.map((fact) => (
          <li key={fact} className={classes.fact}>
            <CheckIcon /> {fact}
          </li>
        ))}
        {missing.map((fact) => (
          <li key={fact} className={classes.fact} data-missing>
            <CrossIcon /> {fact}
          </li>
        ))}
      </ul>
      {!isCurrent && (
        <Button
          className={classes.change ?? ''}
          variant={plan === 'maker' ? 'default' : 'filled'}
          disabled={reasonId !== undefined}
          aria-describedby={reasonId}
          onClick={onChoose}
        >
          Move to {planNames[plan]}
        </Button>
      )}
    </li>
  );
}

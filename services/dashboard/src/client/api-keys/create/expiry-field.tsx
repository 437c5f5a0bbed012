import { Radio, TextInput } from '@mantine/core';
import { formatExact } from '../../time/format.ts';
import { type ExpiryChoice, expiryInstant, expiryNames, expiryPresets, firstCustomDate } from './expiry-choice.ts';
import classes from './fields.module.css';

export interface ExpiryFieldProps {
  readonly choice: ExpiryChoice;
  readonly onChoice: (choice: ExpiryChoice) => void;
  readonly nowMs: number;
  readonly fault: string | undefined;
}

export function ExpiryField({ choice, onChoice, nowMs, fault }: ExpiryFieldProps) {
  const instant = expiryInstant(choice, nowMs);
  const isCustom = choice.preset === 'custom';
  return (
    <div>
      <Radio.Group
        label="Expires"
        value={choice.preset}
        onChange={(value) => {
          const preset = expiryPresets.find((each) => each === value);
          if (preset !== undefined) onChoice({ ...choice, preset });
        }}
      >
        <div className={classes.choices}>
          {expiryPresets.map((preset) => (
            <Radio
              key={preset}
              value={preset}
              label={
                preset === '90_days' ? (
                  <>
                    {expiryNames[preset]} <span className={classes.recommended}>recommended</span>
                  </>
                ) : (
                  expiryNames[preset]
                )
              }
            />
          ))}
        </div>
      </Radio.Group>
      {isCustom && (
        <TextInput
          type="date"
          label="Last day"
          data-field="expires_at"
          className={classes.date ?? ''}
          min={firstCustomDate(nowMs)}
          value={choice.date}
          error={fault}
          onChange={(event) => onChoice({ ...choice, date: event.currentTarget.value })}
        />
      )}
      <p className={classes.explanation} aria-live="polite">
        {choice.preset === 'never' && 'Keys without an end date are the ones that leak unnoticed.'}
        {instant instanceof Date && `Ends ${formatExact(instant.getTime())}.`}
        {isCustom && instant === undefined && 'The key ends with that day, in UTC.'}
      </p>
    </div>
  );
}

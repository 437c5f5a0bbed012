import type { Scope } from '@engagetrack/contracts';
import { Radio } from '@mantine/core';
import classes from './fields.module.css';
import { ScopeMatrix } from './scope-matrix.tsx';
import { type Preset, presetHelp, presetNames, presets, scopesOf } from './scope-presets.ts';
import { scopeSentence } from './scope-sentence.ts';

export interface PermissionsFieldProps {
  readonly preset: Preset;
  readonly onPreset: (preset: Preset) => void;
  readonly custom: ReadonlySet<Scope>;
  readonly onCustom: (scopes: ReadonlySet<Scope>) => void;
  readonly fault: string | undefined;
}

export function PermissionsField({ preset, onPreset, custom, onCustom, fault }: PermissionsFieldProps) {
  return (
    <div data-field="scopes">
      <Radio.Group
        label="Permissions"
        value={preset}
        error={fault}
        onChange={(value) => {
          const chosen = presets.find((each) => each === value);
          if (chosen !== undefined) onPreset(chosen);
        }}
      >
        <div className={classes.cards}>
          {presets.map((each) => (
            <Radio
              key={each}
              value={each}
              label={presetNames[each]}
              description={presetHelp[each]}
              className={classes.card ?? ''}
            />
          ))}
        </div>
      </Radio.Group>
      {preset === 'custom' && <ScopeMatrix chosen={custom} onChosen={onCustom} />}
      <p className={classes.sentence} aria-live="polite">
        {scopeSentence(scopesOf(preset, custom))}
      </p>
    </div>
  );
}

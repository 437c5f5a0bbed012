import type { Scope } from '@engagetrack/contracts';
import { Popover } from '@mantine/core';
import { useRef, useState } from 'react';
import { formatNumber } from '../../time/format.ts';
import classes from './cells.module.css';
import onDemand from './on-demand.module.css';

const chipsMax = 2;

/** The first scopes of a key, and all of them behind a button. */
export function ScopeChips({ scopes, keyName }: { readonly scopes: readonly Scope[]; readonly keyName: string }) {
  const [opened, setOpened] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const hidden = scopes.length - chipsMax;
  const close = () => {
    setOpened(false);
    button.current?.focus();
  };
  return (
    <span className={classes.chips}>
      {scopes.slice(0, chipsMax).map((scope) => (
        <code key={scope} className={classes.chip}>
          {scope}
        </code>
      ))}
      {hidden > 0 && (
        <span className={onDemand.place}>
          <button
            ref={button}
            type="button"
            className={`${classes.chip} ${classes.more}`}
            aria-haspopup="dialog"
            aria-expanded={opened}
            onClick={() => setOpened(true)}
          >
            +{formatNumber(hidden)}
            <span className="visually-hidden"> more scopes of {keyName}</span>
          </button>
          {opened && <AllScopes scopes={scopes} keyName={keyName} onClose={close} />}
        </span>
      )}
    </span>
  );
}

interface AllScopesProps {
  readonly scopes: readonly Scope[];
  readonly keyName: string;
  readonly onClose: () => void;
}

function AllScopes({ scopes, keyName, onClose }: AllScopesProps) {
  return (
    <Popover
      opened
      onChange={(wanted) => !wanted && onClose()}
      position="bottom-start"
      shadow="md"
      trapFocus
      withRoles={false}
      // In place, so that a screen reader finds it beside the button, and fixed, so that the table does not cut it off.
      withinPortal={false}
      floatingStrategy="fixed"
    >
      <Popover.Target>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: lies over the button, so that a second press closes. */}
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the button's and the popover's. */}
        <span className={onDemand.anchor} onClick={onClose} />
      </Popover.Target>
      <Popover.Dropdown role="dialog" aria-label={`Scopes of ${keyName}`}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: focus has to be somewhere inside for Escape to close it. */}
        <ul className={classes.scopes} tabIndex={0} data-autofocus>
          {scopes.map((scope) => (
            <li key={scope}>
              <code>{scope}</code>
            </li>
          ))}
        </ul>
      </Popover.Dropdown>
    </Popover>
  );
}

import { Menu } from '@mantine/core';
import { useRef, useState } from 'react';
import { useAnnounce } from '../../parts/announcer.tsx';
import { copyText } from '../../parts/copy-text.ts';
import { DotsIcon } from '../../parts/icons.tsx';
import type { ListedKey } from './key-status.ts';
import classes from './on-demand.module.css';

export interface RowMenuProps {
  readonly apiKey: ListedKey;
  readonly onRevoke: ((key: ListedKey) => void) | undefined;
  readonly onRevokeIntent: () => void;
}

/**
 * The actions for one key. A revoked key has no menu, because no action is left. The menu is rendered when it is
 * opened: a page of rows has one button a row, and at most one menu.
 */
export function RowMenu({ apiKey, onRevoke, onRevokeIntent }: RowMenuProps) {
  const [opened, setOpened] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  if (apiKey.revoked_at !== null) return null;
  const open = () => {
    onRevokeIntent();
    setOpened(true);
  };
  const close = () => {
    setOpened(false);
    button.current?.focus();
  };
  return (
    <span className={classes.place}>
      <button
        ref={button}
        type="button"
        className={classes.menuButton}
        aria-label={`Actions for ${apiKey.name}`}
        aria-haspopup="menu"
        aria-expanded={opened}
        data-row-menu
        onClick={open}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown') return;
          event.preventDefault();
          // Otherwise the new menu would take this key press for one of its own.
          event.stopPropagation();
          open();
        }}
      >
        <DotsIcon size={18} />
      </button>
      {opened && <OpenMenu apiKey={apiKey} onRevoke={onRevoke} onClose={close} />}
    </span>
  );
}

interface OpenMenuProps extends Pick<RowMenuProps, 'apiKey' | 'onRevoke'> {
  readonly onClose: () => void;
}

function OpenMenu({ apiKey, onRevoke, onClose }: OpenMenuProps) {
  const announce = useAnnounce();
  const label = `Actions for ${apiKey.name}`;
  const copyId = async () => {
    announce((await copyText(apiKey.id)) ? 'Copied the key id' : `The key id is ${apiKey.id}`);
  };
  return (
    <Menu
      opened
      onChange={(wanted) => !wanted && onClose()}
      position="bottom-end"
      width={180}
      shadow="md"
      withInitialFocusPlaceholder={false}
      // In place, so that a screen reader finds it beside the button, and fixed, so that the table does not cut it off.
      withinPortal={false}
      floatingStrategy="fixed"
      returnFocus={false}
    >
      <Menu.Target>
        {/* Lies over the button, so that a second press closes. */}
        <button type="button" tabIndex={-1} aria-hidden="true" aria-label={label} className={classes.anchor} />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={copyId}>Copy key id</Menu.Item>
        {onRevoke !== undefined && (
          <Menu.Item color="red" onClick={() => onRevoke(apiKey)}>
            Revoke
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

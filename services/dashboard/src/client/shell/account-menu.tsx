import { type MantineColorScheme, Menu, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import { useState } from 'react';
import { logOut } from '../api/requests.ts';
import { useAnnounce } from '../parts/announcer.tsx';
import { ChevronIcon } from '../parts/icons.tsx';
import { useShortcutsEnabled } from '../parts/use-shortcuts.ts';
import { useMember } from '../session/session-gate.tsx';
import { useLeave } from '../session/use-ended-session.ts';
import classes from './account-menu.module.css';

const schemes: readonly { readonly value: MantineColorScheme; readonly label: string }[] = [
  { value: 'auto', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

export function AccountMenu() {
  const { user } = useMember();
  // Without this the library would write a style element, which the page's policy forbids.
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const [shortcuts, setShortcuts] = useShortcutsEnabled();
  const [failed, setFailed] = useState(false);
  const announce = useAnnounce();
  const leave = useLeave();
  const end = async () => {
    try {
      await logOut();
      leave('/login');
    } catch {
      setFailed(true);
      announce('You are still logged in: the server does not answer.');
    }
  };
  return (
    <Menu position="bottom-end" width={240} shadow="md" withInitialFocusPlaceholder={false} withinPortal={false}>
      <Menu.Target>
        <UnstyledButton className={classes.button ?? ''}>
          <span className={classes.initials}>{initialsOf(user.name)}</span>
          <span className="visually-hidden"> Account of {user.name}</span>
          <ChevronIcon />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <div className={classes.person} role="presentation">
          <span className={classes.name}>{user.name}</span>
          <span className={classes.email}>{user.email}</span>
        </div>
        <Menu.Divider />
        <Menu.Label>Appearance</Menu.Label>
        <Menu.RadioGroup value={colorScheme} onChange={(value) => setColorScheme(schemeFrom(value))}>
          {schemes.map(({ value, label }) => (
            <Menu.RadioItem key={value} value={value} closeMenuOnClick={false}>
              {label}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.CheckboxItem checked={shortcuts} onChange={setShortcuts} closeMenuOnClick={false}>
          Shortcuts: / and c
        </Menu.CheckboxItem>
        <Menu.Divider />
        <Menu.Item onClick={end} closeMenuOnClick={false}>
          Log out
        </Menu.Item>
        {failed && <p className={classes.failed}>You are still logged in: the server does not answer. Try again.</p>}
      </Menu.Dropdown>
    </Menu>
  );
}

function schemeFrom(value: string): MantineColorScheme {
  return schemes.find((scheme) => scheme.value === value)?.value ?? 'auto';
}

function initialsOf(name: string): string {
  const letters = name.split(/\s+/).map((word) => [...word][0] ?? '');
  return [letters[0], letters.length > 1 ? letters.at(-1) : ''].join('').toUpperCase();
}

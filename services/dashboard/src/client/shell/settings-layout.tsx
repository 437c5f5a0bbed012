import type { ReactNode } from 'react';
import { NavLink, Outlet } from 'react-router';
import { CardIcon, KeyIcon } from '../parts/icons.tsx';
import { organizationParameter } from '../session/current-organization.ts';
import { useMember } from '../session/session-gate.tsx';
import { AccountMenu } from './account-menu.tsx';
import { Logo } from './logo.tsx';
import { OrganizationSwitcher } from './organization-switcher.tsx';
import classes from './settings-layout.module.css';

/** The frame of every page of the settings: user, organization and navigation. */
export function SettingsLayout() {
  return (
    <>
      <a className={classes.skip} href="#content">
        Skip to content
      </a>
      <header className={classes.header}>
        <div className={classes.bar}>
          <Logo />
          <span className={classes.divider} aria-hidden="true" />
          <OrganizationSwitcher />
          <div className={classes.account}>
            <AccountMenu />
          </div>
        </div>
      </header>
      <div className={classes.columns}>
        <nav className={classes.nav} aria-label="Settings">
          <p className={classes.section} aria-hidden="true">
            Settings
          </p>
          <ul className={classes.links}>
            <SettingsLink to="/settings/api-keys" label="API keys" icon={<KeyIcon size={18} />} />
            <SettingsLink to="/settings/billing" label="Billing" icon={<CardIcon size={18} />} />
          </ul>
        </nav>
        <main id="content" tabIndex={-1} className={classes.main}>
          <Outlet />
        </main>
      </div>
    </>
  );
}

interface SettingsLinkProps {
  readonly to: string;
  readonly label: string;
  readonly icon: ReactNode;
}

function SettingsLink({ to, label, icon }: SettingsLinkProps) {
  const search = useOrganizationSearch();
  return (
    <li>
      <NavLink to={{ pathname: to, search }} className={classes.link ?? ''}>
        {icon}
        {label}
      </NavLink>
    </li>
  );
}

/** The query that names the current organization; empty when there is only one. */
export function useOrganizationSearch(): string {
  const { organization, organizations } = useMember();
  return organizations.length > 1 ? `?${organizationParameter}=${organization.id}` : '';
}

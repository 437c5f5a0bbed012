import { planNames } from '@engagetrack/contracts';
import { Menu, UnstyledButton } from '@mantine/core';
import { useNavigate } from 'react-router';
import { CheckIcon, UpDownIcon } from '../parts/icons.tsx';
import { organizationParameter, rememberOrganization } from '../session/current-organization.ts';
import { useMember } from '../session/session-gate.tsx';
import classes from './organization-switcher.module.css';

/** The name of the current organization; a menu where there is a choice. */
export function OrganizationSwitcher() {
  const { organization, organizations } = useMember();
  const navigate = useNavigate();
  const name = (
    <>
      <span className={classes.name}>{organization.name}</span>
      <span className={classes.plan}>{planNames[organization.plan]}</span>
    </>
  );
  if (organizations.length === 1) return <div className={classes.current}>{name}</div>;
  return (
    <Menu position="bottom-start" width={280} shadow="md" withInitialFocusPlaceholder={false} withinPortal={false}>
      <Menu.Target>
        <UnstyledButton className={classes.button ?? ''}>
          <span className="visually-hidden">Organization: </span>
          {name}
          <UpDownIcon />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown aria-label="Organizations">
        {organizations.map(({ id, name: label, plan, role }) => (
          <Menu.Item
            key={id}
            aria-current={id === organization.id ? 'true' : undefined}
            rightSection={id === organization.id ? <CheckIcon /> : undefined}
            onClick={() => {
              rememberOrganization(id);
              // Search, order and page belong to the other organization's list.
              navigate({ search: `?${organizationParameter}=${id}` });
            }}
          >
            <span className={classes.label}>{label}</span>
            <span className={classes.facts}>
              {planNames[plan]}, {role}
            </span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

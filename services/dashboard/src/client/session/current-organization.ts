import type { OrganizationBody, OrganizationId } from '@engagetrack/contracts';

/** The address names the organization that the pages show; this browser remembers the last one. */
export const organizationParameter = 'org';
const storageName = 'engagetrack.organization';

export function chooseOrganization(
  organizations: readonly OrganizationBody[],
  named: string | null,
  remembered: string | null = localStorage.getItem(storageName),
): OrganizationBody | undefined {
  const find = (id: string | null) => organizations.find((organization) => organization.id === id);
  return find(named) ?? find(remembered) ?? organizations[0];
}

export function rememberOrganization(id: OrganizationId): void {
  localStorage.setItem(storageName, id);
}

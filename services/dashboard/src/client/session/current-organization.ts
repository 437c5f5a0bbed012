import type { OrganizationBody, OrganizationId } from '@engagetrack/contracts';

/** Which of a person's organizations the pages show stands in the address; the last one is remembered in this browser. */
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

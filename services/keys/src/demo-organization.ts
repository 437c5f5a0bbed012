import { randomBytes } from 'node:crypto';
import type { OrganizationId } from '@engagetrack/contracts';
import type { AccountStore } from './account-store.ts';
import { newOrganizationId, newUserId } from './ids.ts';
import type { Passwords } from './passwords.ts';

export interface DemoOptions {
  readonly email: string;
  /** Generated when absent. */
  readonly password?: string | undefined;
  readonly organizationId?: OrganizationId | undefined;
}

export interface DemoOrganization {
  readonly email: string;
  /** This return value is the only place that shows it. */
  readonly password: string;
  readonly organizationId: OrganizationId;
}

/**
 * Creates an organization on the Startup plan with an owner, to try the product with.
 * @returns undefined when the database has an organization already.
 */
export async function createDemoOrganization(
  accounts: AccountStore,
  passwords: Passwords,
  options: DemoOptions,
): Promise<DemoOrganization | undefined> {
  if ((await accounts.countOrganizations()) > 0) return undefined;
  const email = options.email.toLowerCase();
  const password = options.password ?? randomBytes(15).toString('base64url');
  const organizationId = options.organizationId ?? newOrganizationId();
  const userId = newUserId();
  await accounts.addUser({ id: userId, email, name: 'Demo Owner', passwordHash: await passwords.hash(password) });
  await accounts.addOrganization({
    id: organizationId,
    name: 'Demo Organization',
    plan: 'startup',
    members: [{ userId, role: 'owner' }],
  });
  return { email, password, organizationId };
}

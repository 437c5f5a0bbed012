import { organizationSchema } from '@engagetrack/contracts';
import { describe, expect, it } from '@jest/globals';
import { chooseOrganization } from './current-organization.ts';

const organization = (id: string) => organizationSchema.parse({ id, name: id, plan: 'startup', role: 'admin' });
const both = [organization('org_a'), organization('org_b')];

describe('the organization that the pages show', () => {
  it('is the one that the address names, else the remembered one, else the first', () => {
    expect(chooseOrganization(both, 'org_b', 'org_a')?.id).toBe('org_b');
    expect(chooseOrganization(both, null, 'org_b')?.id).toBe('org_b');
    expect(chooseOrganization(both, 'org_elsewhere', null)?.id).toBe('org_a');
    expect(chooseOrganization([], 'org_a', 'org_a')).toBeUndefined();
  });
});

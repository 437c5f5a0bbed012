import { hashApiKey, parseApiKey } from '@engagetrack/api-key';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { slowPathMs } from '../src/lease.ts';
import { type KeysHarness, startKeys } from './harness.ts';

describe('an organization', () => {
  let keys: KeysHarness;
  let owner: string;
  let admin: string;
  beforeAll(async () => {
    keys = await startKeys();
    for (const name of ['owner', 'admin']) await keys.addUser(`${name}@example.test`);
    await keys.addOrganization('org_a', 'startup', { 'owner@example.test': 'owner', 'admin@example.test': 'admin' });
    await keys.addOrganization('org_b', 'agency', { 'admin@example.test': 'owner' });
    owner = await keys.logIn('owner@example.test');
    admin = await keys.logIn('admin@example.test');
  });
  afterAll(() => keys.stop());
  const put = (body: object, authorization = owner) =>
    keys.api().put('/api/v1/organizations/org_a/plan').set('authorization', authorization).send(body);

  it('is shown to each member with their own role', async () => {
    const answer = await keys.api().get('/api/v1/organizations/org_a').set('authorization', admin);
    expect([answer.status, answer.body]).toEqual([
      200,
      { id: 'org_a', name: 'Organization org_a', plan: 'startup', role: 'admin' },
    ]);
    expect((await keys.api().get('/api/v1/organizations/org_b').set('authorization', owner)).status).toBe(404);
  });

  it('changes its plan at once: the epoch rises before the 200', async () => {
    const created = await keys
      .api()
      .post('/api/v1/organizations/org_a/api-keys')
      .set('authorization', owner)
      .send({ name: 'x', scopes: ['sites:read'] });
    const key = parseApiKey(created.body.key);
    if (key === undefined) throw new Error('no key');
    const organizationOf = async () => (await keys.introspect(hashApiKey(key))).body.organization;
    expect(await organizationOf()).toEqual({ plan: 'startup', epoch: 1 });
    const answer = await put({ plan: 'maker' });
    expect([answer.status, answer.body]).toEqual([
      200,
      { id: 'org_a', name: 'Organization org_a', plan: 'maker', role: 'owner' },
    ]);
    const spent = await keys.admission.spend({
      keyId: created.body.id,
      organizationId: 'org_a' as never,
      epoch: 1,
      expiresAtMs: undefined,
      policy: { name: 'standard', quota: 600, windowSeconds: 60 },
    });
    expect(spent.verdict).toBe('stale');
    expect(await organizationOf()).toEqual({ plan: 'maker', epoch: 2 });
    expect(keys.announced).toEqual([{ kind: 'organization_changed', organization_id: 'org_a', epoch: 2 }]);
  });

  it('stays as it is when the plan is the same', async () => {
    keys.announced.length = 0;
    expect((await put({ plan: 'maker' })).status).toBe(200);
    expect(keys.announced).toEqual([]);
  });

  it('lets only its owner choose, and only an existing plan', async () => {
    expect((await put({ plan: 'agency' }, admin)).status).toBe(403);
    expect((await put({ plan: 'agency' }, '')).status).toBe(401);
    for (const body of [{ plan: 'enterprise' }, { plan: 'Startup' }, {}, { plan: null }]) {
      const answer = await put(body);
      expect([answer.status, answer.body]).toEqual([400, { error: 'plan must be one of maker, startup, agency' }]);
    }
    expect((await put({ plan: 'agency', seats: 3 })).body).toEqual({ error: 'Unknown field: seats' });
  });

  it('is as certain without the marker store, once the lease is over', async () => {
    keys.setStoreDown(true);
    const startedAtMs = performance.now();
    expect((await put({ plan: 'agency' })).status).toBe(200);
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(slowPathMs);
    keys.setStoreDown(false);
  });
});

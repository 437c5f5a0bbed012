import { newGeneration } from '@engagetrack/admission-store';
import { hashApiKey, parseApiKey } from '@engagetrack/api-key';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { slowPathMs } from '../src/lease.ts';
import { createLedgerStore } from '../src/ledger-store.ts';
import { type KeysHarness, startKeys } from './harness.ts';

const policy = { name: 'standard', quota: 600, windowSeconds: 60 };

describe('DELETE /organizations/{orgId}/api-keys/{keyId}', () => {
  let keys: KeysHarness;
  let owner: string;
  let member: string;
  let other: string;
  beforeAll(async () => {
    keys = await startKeys();
    for (const name of ['owner', 'member', 'other']) await keys.addUser(`${name}@example.test`);
    await keys.addOrganization('org_a', 'startup', { 'owner@example.test': 'owner', 'member@example.test': 'member' });
    await keys.addOrganization('org_b', 'startup', { 'other@example.test': 'owner' });
    owner = await keys.logIn('owner@example.test');
    member = await keys.logIn('member@example.test');
    other = await keys.logIn('other@example.test');
  });
  afterAll(() => keys.stop());
  afterEach(() => {
    keys.announced.length = 0;
    keys.setStoreDown(false);
  });

  const base = '/api/v1/organizations/org_a/api-keys';
  const create = async () => {
    const answer = await keys
      .api()
      .post(base)
      .set('authorization', owner)
      .send({ name: 'x', scopes: ['sites:read'] });
    const key = parseApiKey(answer.body.key);
    if (key === undefined) throw new Error(`no key: ${answer.text}`);
    return { id: answer.body.id, hash: hashApiKey(key) };
  };
  const revoke = (id: string, authorization = owner) =>
    keys.api().delete(`${base}/${id}`).set('authorization', authorization);
  const active = async (hash: string) => (await keys.introspect(hash)).body.active;
  const verdict = async (id: string) => {
    const { verdict } = await keys.admission.spend({
      keyId: id as never,
      organizationId: 'org_a' as never,
      epoch: 1,
      expiresAtMs: undefined,
      policy,
    });
    return verdict;
  };

  it('answers 204 once the marker is there, the authority says inactive and the announcement is out', async () => {
    const { id, hash } = await create();
    expect(await active(hash)).toBe(true);
    const answer = await revoke(id);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(await verdict(id)).toBe('revoked');
    expect(await active(hash)).toBe(false);
    expect(keys.announced).toEqual([{ kind: 'key_revoked', key_id: id, organization_id: 'org_a' }]);
  });

  it('answers 204 again, and a hundred at once, with one announcement', async () => {
    const { id } = await create();
    const answers = await Promise.all(Array.from({ length: 100 }, () => revoke(id)));
    expect(answers.every(({ status }) => status === 204)).toBe(true);
    expect(keys.announced).toHaveLength(1);
    expect((await revoke(id)).status).toBe(204);
    expect(keys.announced).toHaveLength(1);
  });

  it('is for owners and admins of the key’s own organization', async () => {
    const { id, hash } = await create();
    expect((await revoke(id, member)).status).toBe(403);
    expect((await revoke(id, other)).status).toBe(404);
    const elsewhere = await keys.api().delete(`/api/v1/organizations/org_b/api-keys/${id}`).set('authorization', other);
    expect([elsewhere.status, elsewhere.text]).toEqual([404, '{"error":"Not found"}']);
    expect((await revoke('key_unknown')).status).toBe(404);
    expect((await revoke(id, '')).status).toBe(401);
    expect(await active(hash)).toBe(true);
    expect(keys.announced).toEqual([]);
  });

  it('is certain without the marker store too: by the lease', async () => {
    const { id, hash } = await create();
    keys.setStoreDown(true);
    const startedAtMs = performance.now();
    const answer = await revoke(id);
    const tookMs = performance.now() - startedAtMs;
    expect(answer.status).toBe(204);
    expect(tookMs).toBeGreaterThanOrEqual(slowPathMs);
    expect(await active(hash)).toBe(false);
    // A witness that vouched before is over by now.
    expect(await verdict(id)).toBe('untrusted');
    keys.setStoreDown(false);
    await waitFor(async () => (await verdict(id)) === 'revoked', { deadlineMs: 5_000, what: 'the marker' });
  });

  it('is not answered early a second time because the database already says revoked', async () => {
    const { id } = await create();
    keys.setStoreDown(true);
    await revoke(id);
    const startedAtMs = performance.now();
    expect((await revoke(id)).status).toBe(204);
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(slowPathMs);
  });

  it('answers 503 while another key service may still renew from an older snapshot', async () => {
    const { id } = await create();
    const ledger = createLedgerStore(keys.databases);
    await ledger.addRow({ instance: 'another', generation: newGeneration(), finishedSnapshotAt: undefined });
    const answer = await revoke(id);
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
    await ledger.leave('another');
    expect((await revoke(id)).status).toBe(204);
    await ledger.forget();
  });
});

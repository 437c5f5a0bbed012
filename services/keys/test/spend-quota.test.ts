import { apiKeyIdSchema, organizationIdSchema, quotaSpendingSchema } from '@engagetrack/contracts';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { internalToken, type KeysHarness, startKeys } from './harness.ts';

describe('POST /internal/spend', () => {
  let keys: KeysHarness;
  let number = 0;
  beforeAll(async () => {
    keys = await startKeys();
    await waitFor(async () => (await spend(options())).body.verdict === 'spent', {
      deadlineMs: 10_000,
      what: 'a store that vouches for its markers',
    });
  });
  beforeEach(() => {
    number += 1;
  });
  afterAll(() => keys.stop());

  const options = (changes: object = {}) => ({
    key_id: `key_${number}`,
    organization_id: `org_${number}`,
    epoch: 1,
    expires_at_ms: null,
    // A day, so that few runs meet the end of a window.
    policy: { name: 'daily', quota: 600, window_seconds: 86_400 },
    units: 1,
    carried: null,
    ...changes,
  });
  const spend = (body: object, authorization = `Bearer ${internalToken}`) =>
    keys.internal().post('/internal/spend').set('authorization', authorization).send(body);
  const spent = async (changes: object = {}) => {
    const answer = await spend(options(changes));
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    return quotaSpendingSchema.parse(answer.body);
  };

  it('spends the units at the store that gateways spend at', async () => {
    const first = await spent();
    expect(first).toMatchObject({ verdict: 'spent', count: 1 });
    if (first.verdict !== 'spent') throw new Error('nothing spent');
    expect(first.window_end_ms % 86_400_000).toBe(0);
    expect(first.window_end_ms).toBeGreaterThan(first.now_ms);
    expect(await spent({ units: 5 })).toMatchObject({ verdict: 'spent', count: 6 });
    const carried = { window_end_ms: first.window_end_ms, seen: 6, unreported: 3 };
    expect(await spent({ carried })).toMatchObject({ verdict: 'spent', count: 10 });
    expect(await spent({ policy: { name: 'other', quota: 600, window_seconds: 86_400 } })).toMatchObject({ count: 1 });
  });

  it('says that the key is revoked, expired or known at an older epoch, and spends nothing', async () => {
    expect(await spent({ expires_at_ms: Date.now() - 1 })).toEqual({ verdict: 'expired' });
    const { mark } = keys.revocations;
    await mark([
      { kind: 'organization_changed', organizationId: organizationIdSchema.parse(`org_${number}`), epoch: 2 },
    ]);
    expect(await spent()).toEqual({ verdict: 'stale' });
    expect(await spent({ epoch: 2 })).toMatchObject({ verdict: 'spent', count: 1 });
    await mark([{ kind: 'key_revoked', keyId: apiKeyIdSchema.parse(`key_${number}`) }]);
    expect(await spent({ epoch: 2 })).toEqual({ verdict: 'revoked' });
  });

  it('is for gateways only', async () => {
    for (const authorization of ['', 'Bearer wrong', internalToken])
      expect((await spend(options(), authorization)).status).toBe(401);
    expect(await spent()).toMatchObject({ count: 1 });
  });

  it.each<[string, object, string]>([
    ['no units', { units: 0 }, 'units'],
    ['a broken policy', { policy: { name: 'Analytics!', quota: 600, window_seconds: 60 } }, 'policy.name'],
    ['no key id', { key_id: 'et_live_1' }, 'key_id'],
    ['an unknown field', { key_hash: 'x' }, 'key_hash'],
  ])('refuses %s by name', async (_what, changes, field) => {
    const answer = await spend(options(changes));
    expect(answer.status).toBe(400);
    expect(answer.body.error).toContain(field);
  });

  it('answers 405 to another method', async () => {
    const answer = await keys.internal().get('/internal/spend').set('authorization', `Bearer ${internalToken}`);
    expect([answer.status, answer.headers.allow]).toEqual([405, 'POST']);
  });
});

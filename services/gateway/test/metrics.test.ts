import { generateApiKey } from '@engagetrack/api-key';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type GatewayHarness, organizationA, startGateway } from './harness.ts';

const sites = `/api/v1/organizations/${organizationA}/sites`;

describe('the metrics', () => {
  let gateway: GatewayHarness;
  beforeEach(async () => {
    gateway = await startGateway();
  });
  afterEach(() => gateway.stop());
  const get = (authorization: string) => gateway.api().get(sites).set('authorization', authorization);
  const unknown = () => `Bearer ${generateApiKey().reveal()}`;
  /** The lines of one metric, without those that are zero. */
  const linesOf = async (name: string): Promise<readonly string[]> =>
    (await gateway.registry.getSingleMetricAsString(name)).split('\n').filter((line) => /^[a-z].* [1-9]/.test(line));

  it('count the questions to the key service by their outcome', async () => {
    const { authorization } = gateway.issueKey();
    await get(authorization);
    await get(authorization);
    await get(unknown());
    await get(unknown());
    gateway.setAuthorityDown(true);
    expect((await get(unknown())).status).toBe(503);
    expect(await linesOf('gateway_introspections_total')).toEqual([
      'gateway_introspections_total{outcome="active"} 1',
      'gateway_introspections_total{outcome="inactive"} 2',
      'gateway_introspections_total{outcome="failed"} 1',
    ]);
  });

  it('count the answers of the admission store, and those to callers by route and status', async () => {
    const { authorization, keyId } = gateway.issueKey();
    await get(authorization);
    await gateway.markRevoked(keyId);
    await get(authorization);
    await gateway.api().get('/nothing');
    expect(await linesOf('gateway_admissions_total')).toEqual([
      'gateway_admissions_total{verdict="spent"} 1',
      'gateway_admissions_total{verdict="revoked"} 1',
    ]);
    // A request is counted when its connection is done with it, perhaps after the client has read the answer.
    await waitFor(async () => (await linesOf('gateway_requests_total')).length === 3, {
      deadlineMs: 5_000,
      what: 'three requests to be counted',
    });
    expect(await linesOf('gateway_requests_total')).toEqual([
      'gateway_requests_total{route="sites.list",status="200"} 1',
      'gateway_requests_total{route="sites.list",status="401"} 1',
      'gateway_requests_total{route="none",status="401"} 1',
    ]);
  });

  it('have no labels that a caller can multiply', async () => {
    const { authorization, keyId } = gateway.issueKey();
    await get(authorization);
    await gateway.api().get('/made/up/by/the/caller').set('authorization', authorization);
    const text = await gateway.registry.metrics();
    for (const secret of [keyId, organizationA, 'made', authorization.slice(-32)]) expect(text).not.toContain(secret);
  });
});
